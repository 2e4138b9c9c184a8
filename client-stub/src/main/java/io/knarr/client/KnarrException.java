package io.knarr.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.knarr.v1.IngestError;
import io.knarr.v1.SearchError;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed: by the server's answer, or on the way to it.
 *
 * <p>{@link #code()} says what kind of failure it is and {@link #reason()} which one. The server's words and details never hold vectors
 * or field values of records.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="errors"}
 */
public sealed class KnarrException extends RuntimeException permits IncompleteUpsertException {
    private static final long serialVersionUID = 1;
    private static final String DOMAIN = "knarr";

    private final Status.Code code;
    private final String sentence;
    private final String reason;
    private final @Nullable String field;
    private final TreeMap<String, String> details;
    private final @Nullable Duration retryAfter;

    private KnarrException(
            Status.Code code,
            String sentence,
            String reason,
            @Nullable String field,
            Map<String, String> details,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(null, cause);
        this.code = requireNonNull(code, "code is null");
        this.sentence = requireNonNull(sentence, "sentence is null");
        this.reason = requireNonNull(reason, "reason is null");
        this.field = field;
        this.details = new TreeMap<>(details);
        this.retryAfter = retryAfter;
    }

    /** Creates an exception that says what another one says, which becomes its cause. */
    KnarrException(KnarrException other) {
        this(other.code, other.sentence, other.reason, other.field, other.details, other.retryAfter, other);
    }

    /** Returns a failure that this client found, and not the server. */
    static KnarrException ofClient(Status.Code code, String sentence) {
        return new KnarrException(code, sentence, "", null, Map.of(), null, null);
    }

    /** Returns what a failed call failed of. */
    static KnarrException of(Throwable failure) {
        if (failure instanceof KnarrException known) {
            return known;
        }
        Status status = Status.fromThrowable(failure);
        String reason = "";
        String field = null;
        Map<String, String> details = Map.of();
        Duration retryAfter = null;
        com.google.rpc.Status rich = StatusProto.fromThrowable(failure);
        if (rich != null) {
            for (Any detail : rich.getDetailsList()) {
                Optional<ErrorInfo> info = unpack(detail, ErrorInfo.class);
                if (info.isPresent() && info.get().getDomain().equals(DOMAIN)) {
                    reason = info.get().getReason();
                    details = info.get().getMetadataMap();
                }
                field = unpack(detail, BadRequest.class)
                        .filter(bad -> bad.getFieldViolationsCount() > 0)
                        .map(bad -> bad.getFieldViolations(0).getField())
                        .orElse(field);
                retryAfter = unpack(detail, RetryInfo.class)
                        .map(RetryInfo::getRetryDelay)
                        .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
                        .orElse(retryAfter);
            }
        }
        String sentence = status.getDescription() == null ? "The call failed" : status.getDescription();
        return new KnarrException(status.getCode(), sentence, reason, field, details, retryAfter, failure);
    }

    /** Returns what was wrong with one search of a batch. */
    static KnarrException of(SearchError error) {
        return new KnarrException(
                Status.fromCodeValue(error.getCode()).getCode(),
                error.getMessage(),
                error.getReason(),
                error.getField().isEmpty() ? null : error.getField(),
                error.getMetadataMap(),
                null,
                null);
    }

    /** Returns why one chunk of an ingest was refused. */
    static KnarrException of(IngestError error) {
        return new KnarrException(
                Status.fromCodeValue(error.getCode()).getCode(),
                error.getMessage(),
                error.getReason(),
                error.getField().isEmpty() ? null : error.getField(),
                error.getMetadataMap(),
                null,
                null);
    }

    private static <T extends Message> Optional<T> unpack(Any detail, Class<T> type) {
        try {
            return detail.is(type) ? Optional.of(detail.unpack(type)) : Optional.empty();
        } catch (InvalidProtocolBufferException ignored) {
            return Optional.empty(); // a detail that cannot be read must not hide the failure itself
        }
    }

    /** Returns the kind of failure. */
    public Status.Code code() {
        return code;
    }

    /** Returns the server's words: a fixed sentence per failure. */
    public String sentence() {
        return sentence;
    }

    /** Returns the server's name of the failure, for example {@code DIMENSION_MISMATCH}; empty where the server did not answer. */
    public String reason() {
        return reason;
    }

    /** Returns the path of the request's field that is wrong, if one is: {@code filter.and.filters[2].range.gte}. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    /** Returns what varies: limits, names, numbers. */
    public Map<String, String> details() {
        return Collections.unmodifiableMap(details);
    }

    /** Returns when the server thinks that a retry may help, if it said so. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Returns true if the same call may succeed later: the server was not there, could not do it now, or named a time. */
    public boolean retryable() {
        return code == Status.Code.UNAVAILABLE || retryAfter != null;
    }

    @Override
    public String getMessage() {
        StringBuilder message = new StringBuilder(code.name());
        if (!reason.isEmpty()) {
            message.append(' ').append(reason);
        }
        message.append(": ").append(sentence);
        if (field != null) {
            message.append(", field=").append(field);
        }
        details.forEach(
                (key, value) -> message.append(", ").append(key).append('=').append(value));
        if (retryAfter != null) {
            message.append(", retryAfter=").append(retryAfter);
        }
        return message.toString();
    }
}
