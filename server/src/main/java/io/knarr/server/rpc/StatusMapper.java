package io.knarr.server.rpc;

import com.google.inject.Inject;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.knarr.server.error.Remedy;
import io.knarr.server.error.ServiceException;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import io.knarr.v1.SearchError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns failures into what goes on the wire: a google.rpc.Status with one ErrorInfo, and what else helps the caller. The one place that
 * knows which gRPC status a remedy has. Thread-safe.
 *
 * <p>A failure that is not a {@link ServiceException} is a bug of ours. It is logged with a number, and the number alone goes out, for
 * the text may hold another account's data.
 */
final class StatusMapper {
    private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);

    private static final String DOMAIN = "knarr";
    private static final String INTERNAL_REASON = "INTERNAL";

    // All of it travels in HTTP/2 trailers, twice, once of it in base64, and peers take 8 KiB of them.
    private static final int MAX_FIELD_LENGTH = 1_024;
    private static final int MAX_DETAIL_LENGTH = 256;
    private static final int MAX_DETAILS = 8;

    @Inject
    StatusMapper() {}

    /** Returns a failure as an exception that gRPC sends as it is. Logs it if it is a bug of ours. */
    StatusRuntimeException toException(Throwable failure) {
        return StatusProto.toStatusRuntimeException(toStatus(failure));
    }

    /** Ends a call with a failure, before its message was read. Returns a listener that does nothing. */
    <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Throwable failure) {
        close(call, failure);
        return new ServerCall.Listener<>() {};
    }

    /** Ends a call with a failure. */
    void close(ServerCall<?, ?> call, Throwable failure) {
        StatusRuntimeException exception = toException(failure);
        Metadata trailers = exception.getTrailers();
        call.close(exception.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    private com.google.rpc.Status toStatus(Throwable failure) {
        return switch (failure) {
            case ServiceException e -> toStatus(e);
            case StoreException e -> {
                log.error("The store failed under a call, kind={}", e.kind(), e);
                yield toStatus(StoreFailures.toServiceException(e));
            }
            default -> {
                UUID incident = UUID.randomUUID();
                log.error("A call failed in a way it must not, incident={}", incident, failure);
                yield com.google.rpc.Status.newBuilder()
                        .setCode(Code.INTERNAL_VALUE)
                        .setMessage("Internal error, incident " + incident)
                        .addDetails(Any.pack(ErrorInfo.newBuilder()
                                .setReason(INTERNAL_REASON)
                                .setDomain(DOMAIN)
                                .putMetadata("incident", incident.toString())
                                .build()))
                        .build();
            }
        };
    }

    /** Returns what is wrong with one search of a batch, as protobuf. */
    static SearchError toSearchError(ServiceException failure) {
        return SearchError.newBuilder()
                .setCode(toCode(failure.code().remedy()).getNumber())
                .setReason(failure.code().name())
                .setMessage(String.valueOf(failure.getMessage()))
                .setField(failure.field()
                        .map(path -> excerpt(path, MAX_FIELD_LENGTH))
                        .orElse(""))
                .putAllMetadata(shownDetails(failure))
                .build();
    }

    private static Map<String, String> shownDetails(ServiceException failure) {
        return failure.details().entrySet().stream()
                .limit(MAX_DETAILS)
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        detail -> excerpt(detail.getValue(), MAX_DETAIL_LENGTH),
                        (first, _) -> first,
                        LinkedHashMap::new));
    }

    private static com.google.rpc.Status toStatus(ServiceException failure) {
        Map<String, String> details = shownDetails(failure);
        String sentence = String.valueOf(failure.getMessage());
        String readable = sentence + (details.isEmpty() ? "" : readable(details));
        Optional<String> field = failure.field().map(path -> excerpt(path, MAX_FIELD_LENGTH));
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(toCode(failure.code().remedy()).getNumber())
                .setMessage(field.map(path -> path + ": " + readable).orElse(readable))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(failure.code().name())
                        .setDomain(DOMAIN)
                        .putAllMetadata(details)
                        .build()));
        field.ifPresent(path -> status.addDetails(Any.pack(BadRequest.newBuilder()
                .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                        .setField(path)
                        .setDescription(sentence)
                        .setReason(failure.code().name()))
                .build())));
        failure.retryAfter()
                .ifPresent(delay -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(ValueMapper.toProto(delay))
                        .build())));
        particular(failure, sentence, details).ifPresent(status::addDetails);
        return status.build();
    }

    /** Returns the detail that a remedy has of its own. */
    private static Optional<Any> particular(ServiceException failure, String sentence, Map<String, String> details) {
        return switch (failure.code().remedy()) {
            case CREATE_IT_FIRST, USE_WHAT_EXISTS -> {
                Resource resource = Resource.of(failure);
                yield Optional.of(Any.pack(ResourceInfo.newBuilder()
                        .setResourceType(resource.type)
                        .setResourceName(details.getOrDefault(resource.detail, ""))
                        .setDescription(sentence)
                        .build()));
            }
            case CHECK_THE_STATE, READ_AGAIN_AND_RETRY -> {
                Resource resource = Resource.named(details);
                yield Optional.of(Any.pack(PreconditionFailure.newBuilder()
                        .addViolations(PreconditionFailure.Violation.newBuilder()
                                .setType(failure.code().name())
                                .setSubject(resource.detail + ":" + details.getOrDefault(resource.detail, ""))
                                .setDescription(sentence))
                        .build()));
            }
            case SEND_LESS ->
                Optional.of(Any.pack(QuotaFailure.newBuilder()
                        .addViolations(QuotaFailure.Violation.newBuilder()
                                .setSubject(details.getOrDefault(
                                        "scope", failure.code().name()))
                                .setDescription(sentence))
                        .build()));
            case FIX_THE_REQUEST,
                    PRESENT_A_CREDENTIAL,
                    ASK_FOR_ACCESS,
                    RETRY_LATER,
                    ALLOW_MORE_TIME,
                    NOTHING_TO_DO,
                    CALL_AN_OPERATOR -> Optional.empty();
        };
    }

    /** What a failure is about, and under which key its details name it. */
    private enum Resource {
        ACCOUNT("knarr.v1.Account", "account"),
        COLLECTION("knarr.v1.Collection", "collection"),
        RECORD("knarr.v1.Record", "record");

        private final String type;
        private final String detail;

        Resource(String type, String detail) {
            this.type = type;
            this.detail = detail;
        }

        static Resource of(ServiceException failure) {
            String code = failure.code().name();
            return code.startsWith("RECORD") ? RECORD : code.startsWith("COLLECTION") ? COLLECTION : ACCOUNT;
        }

        /** Returns the innermost that the details name. */
        static Resource named(Map<String, String> details) {
            return details.containsKey(RECORD.detail)
                    ? RECORD
                    : details.containsKey(COLLECTION.detail) ? COLLECTION : ACCOUNT;
        }
    }

    /** Returns the status of a remedy. */
    static Code toCode(Remedy remedy) {
        return switch (remedy) { // no default: a new remedy does not compile until it has a status
            case FIX_THE_REQUEST -> Code.INVALID_ARGUMENT;
            case CREATE_IT_FIRST -> Code.NOT_FOUND;
            case USE_WHAT_EXISTS -> Code.ALREADY_EXISTS;
            case CHECK_THE_STATE -> Code.FAILED_PRECONDITION;
            case READ_AGAIN_AND_RETRY -> Code.ABORTED;
            case PRESENT_A_CREDENTIAL -> Code.UNAUTHENTICATED;
            case ASK_FOR_ACCESS -> Code.PERMISSION_DENIED;
            case SEND_LESS -> Code.RESOURCE_EXHAUSTED;
            case RETRY_LATER -> Code.UNAVAILABLE;
            case ALLOW_MORE_TIME -> Code.DEADLINE_EXCEEDED;
            case NOTHING_TO_DO -> Code.CANCELLED;
            case CALL_AN_OPERATOR -> Code.DATA_LOSS;
        };
    }

    private static String readable(Map<String, String> details) {
        return details.entrySet().stream()
                .map(detail -> detail.getKey() + "=" + detail.getValue())
                .collect(Collectors.joining(", ", " (", ")"));
    }

    private static String excerpt(String text, int maxLength) {
        return text.length() <= maxLength ? text : text.substring(0, maxLength) + "...";
    }

    /** Returns the reason in a failure that is on its way out. */
    static Optional<String> reason(Status status, @Nullable Metadata trailers) {
        com.google.rpc.Status proto = StatusProto.fromStatusAndTrailers(status, trailers);
        for (Any detail : proto.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    return Optional.of(detail.unpack(ErrorInfo.class).getReason());
                } catch (InvalidProtocolBufferException e) {
                    throw new IllegalStateException("An ErrorInfo of ours cannot be read", e);
                }
            }
        }
        return Optional.empty();
    }
}
