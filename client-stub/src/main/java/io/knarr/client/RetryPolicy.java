package io.knarr.client;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.ServerServiceGrpc;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How often, and how soon, a call is tried again that failed with {@code UNAVAILABLE}, and only with that.
 *
 * <p>Tried again are the calls that may run twice:
 *
 * <ul>
 *   <li>all reads, lists, counts and searches;
 *   <li>an upsert: each record has an id before the first attempt, so a second one replaces what the first wrote;
 *   <li>a delete of records by ids: the second attempt finds nothing left to delete;
 *   <li>all other writes of records, since the client gives each a name by which the server does it once: patches, deletes by a filter, inserts and
 *       updates only, and whatever has preconditions.
 * </ul>
 *
 * <p>Not tried again are creating and deleting accounts and collections. If the first attempt was carried out and only its answer was
 * lost, a second creation would say {@code ALREADY_EXISTS} of the caller's own work, and a second deletion could hit what somebody has
 * created under that name since. Nor are exports and ingests, which go on where they stopped. (A call that never reached a server is always tried again; it cannot have done anything.)
 *
 * @param maxAttempts attempts in all, 1 to 5; 1 means no retries
 * @param initialBackoff longest wait before the second attempt; positive
 * @param maxBackoff longest wait before any attempt; at least {@code initialBackoff}
 * @param multiplier by how much the longest wait grows from attempt to attempt; at least 1
 */
public record RetryPolicy(int maxAttempts, Duration initialBackoff, Duration maxBackoff, double multiplier) {
    /** Four attempts, 100 ms, then up to 2 s apart. */
    public static final RetryPolicy STANDARD = new RetryPolicy(4, Duration.ofMillis(100), Duration.ofSeconds(2), 3);

    /** One attempt. */
    public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ofMillis(100), Duration.ofSeconds(2), 3);

    /** What may run twice. A method that is not here is not tried again. */
    private static final List<MethodDescriptor<?, ?>> REPEATABLE = List.of(
            AccountServiceGrpc.getGetAccountMethod(),
            AccountServiceGrpc.getListAccountsMethod(),
            CollectionServiceGrpc.getGetCollectionMethod(),
            CollectionServiceGrpc.getListCollectionsMethod(),
            CollectionServiceGrpc.getUpdateCollectionMethod(),
            RecordServiceGrpc.getUpsertRecordsMethod(),
            RecordServiceGrpc.getPatchRecordsMethod(),
            RecordServiceGrpc.getGetRecordsMethod(),
            RecordServiceGrpc.getDeleteRecordsMethod(),
            RecordServiceGrpc.getListRecordsMethod(),
            RecordServiceGrpc.getCountRecordsMethod(),
            RecordServiceGrpc.getAggregateRecordsMethod(),
            RecordServiceGrpc.getSampleRecordsMethod(),
            SearchServiceGrpc.getSearchMethod(),
            SearchServiceGrpc.getBatchSearchMethod(),
            ServerServiceGrpc.getGetServerInfoMethod(),
            ServerServiceGrpc.getGetLimitsMethod());

    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > 5) {
            throw new IllegalArgumentException("maxAttempts must be 1 to 5: " + maxAttempts);
        }
        if (!initialBackoff.isPositive() || maxBackoff.compareTo(initialBackoff) < 0) {
            throw new IllegalArgumentException("Backoffs must be positive, and maxBackoff the longer one");
        }
        if (!(multiplier >= 1) || !Double.isFinite(multiplier)) {
            throw new IllegalArgumentException("multiplier must be at least 1: " + multiplier);
        }
    }

    /** Returns this policy as the service config that gRPC carries out. */
    Map<String, ?> toServiceConfig() {
        if (maxAttempts == 1) {
            return Map.of();
        }
        List<Map<String, String>> names = REPEATABLE.stream()
                .map(method -> Map.of(
                        "service", String.valueOf(method.getServiceName()),
                        "method", String.valueOf(method.getBareMethodName())))
                .toList();
        Map<String, Object> policy = Map.of(
                "maxAttempts", (double) maxAttempts,
                "initialBackoff", seconds(initialBackoff),
                "maxBackoff", seconds(maxBackoff),
                "backoffMultiplier", multiplier,
                "retryableStatusCodes", List.of(Status.Code.UNAVAILABLE.name()));
        return Map.of(
                "methodConfig",
                List.of(Map.of("name", names, "retryPolicy", policy)),
                // When half of the calls fail, retries stop: they would only add load to a server in trouble.
                "retryThrottling",
                Map.of("maxTokens", 100.0, "tokenRatio", 1.0));
    }

    private static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toNanos(), 9).toPlainString() + "s";
    }
}
