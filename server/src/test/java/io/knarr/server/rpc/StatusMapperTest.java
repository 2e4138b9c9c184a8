package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.store.StoreException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StatusMapperTest {
    private final StatusMapper mapper = new StatusMapper();

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyCodeHasOneErrorInfoWithItsNameAsReason(ErrorCode code) {
        StatusRuntimeException exception = mapper.toException(new ServiceException(code, "A sentence"));

        com.google.rpc.Status status = proto(exception);
        assertThat(status.getDetailsList().stream().filter(detail -> detail.is(ErrorInfo.class)))
                .hasSize(1);
        ErrorInfo info = detail(exception, ErrorInfo.class).orElseThrow();
        assertThat(info.getReason()).isEqualTo(code.name()).matches("[A-Z][A-Z0-9_]{0,61}[A-Z0-9]");
        assertThat(info.getDomain()).isEqualTo("knarr");
        assertThat(exception.getStatus().getCode().value()).isEqualTo(status.getCode());
        assertThat(StatusMapper.reason(exception.getStatus(), exception.getTrailers()))
                .hasValue(code.name());
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_FIELD, INVALID_ARGUMENT",
        "DIMENSION_MISMATCH, INVALID_ARGUMENT",
        "NOT_FINITE, INVALID_ARGUMENT",
        "UNKNOWN_FIELD, INVALID_ARGUMENT",
        "TYPE_MISMATCH, INVALID_ARGUMENT",
        "INVALID_FILTER, INVALID_ARGUMENT",
        "INVALID_PAGE_TOKEN, INVALID_ARGUMENT",
        "LIMIT_EXCEEDED, INVALID_ARGUMENT",
        "ACCOUNT_NOT_FOUND, NOT_FOUND",
        "COLLECTION_NOT_FOUND, NOT_FOUND",
        "ACCOUNT_EXISTS, ALREADY_EXISTS",
        "COLLECTION_EXISTS, ALREADY_EXISTS",
        "INCARNATION_MISMATCH, FAILED_PRECONDITION",
        "UNAUTHENTICATED, UNAUTHENTICATED",
        "ACCOUNT_MISMATCH, PERMISSION_DENIED",
        "ROOT_REQUIRED, PERMISSION_DENIED",
        "TOO_MANY_CALLS, RESOURCE_EXHAUSTED",
        "QUOTA_EXCEEDED, RESOURCE_EXHAUSTED",
        "DISK_FULL, RESOURCE_EXHAUSTED",
        "ACCOUNT_LOAD_TIMEOUT, UNAVAILABLE",
        "MEMORY_EXHAUSTED, UNAVAILABLE",
        "STORE_UNAVAILABLE, UNAVAILABLE",
        "SERVER_STOPPING, UNAVAILABLE",
        "DEADLINE_EXCEEDED, DEADLINE_EXCEEDED",
        "CALL_CANCELLED, CANCELLED",
        "RECORD_CORRUPT, DATA_LOSS"
    })
    void everyCodeHasItsStatus(ErrorCode code, Status.Code status) {
        assertThat(mapper.toException(new ServiceException(code, "A sentence"))
                        .getStatus()
                        .getCode())
                .isEqualTo(status);
    }

    @Test
    void aFailureAtAFieldReadsWellAndNamesTheField() {
        ServiceException failure = ServiceException.atField(
                        ErrorCode.DIMENSION_MISMATCH,
                        "records[3].vectors[\"default\"]",
                        "A vector has another number of components than its collection says")
                .with("expected", 384)
                .with("actual", 383);

        StatusRuntimeException exception = mapper.toException(failure);

        assertThat(exception.getStatus().getDescription())
                .isEqualTo("records[3].vectors[\"default\"]: A vector has another number of components than its"
                        + " collection says (expected=384, actual=383)");
        assertThat(detail(exception, BadRequest.class))
                .hasValueSatisfying(request -> assertThat(request.getFieldViolationsList())
                        .singleElement()
                        .satisfies(violation -> {
                            assertThat(violation.getField()).isEqualTo("records[3].vectors[\"default\"]");
                            assertThat(violation.getReason()).isEqualTo("DIMENSION_MISMATCH");
                            assertThat(violation.getDescription()).startsWith("A vector has another");
                        }));
        assertThat(detail(exception, ErrorInfo.class).orElseThrow().getMetadataMap())
                .containsEntry("expected", "384")
                .containsEntry("actual", "383");
    }

    @Test
    void saysWhenToRetryAndWhichLimitWasReached() {
        StatusRuntimeException exception =
                mapper.toException(new ServiceException(ErrorCode.TOO_MANY_CALLS, "Too many calls")
                        .with("scope", "account")
                        .retryAfter(Duration.ofMillis(1_100)));

        RetryInfo retry = detail(exception, RetryInfo.class).orElseThrow();
        assertThat(retry.getRetryDelay().getSeconds()).isEqualTo(1);
        assertThat(retry.getRetryDelay().getNanos()).isEqualTo(100_000_000);
        assertThat(detail(exception, QuotaFailure.class)
                        .orElseThrow()
                        .getViolations(0)
                        .getSubject())
                .isEqualTo("account");
    }

    @Test
    void namesTheResourceThatIsMissing() {
        StatusRuntimeException exception = mapper.toException(
                new ServiceException(ErrorCode.COLLECTION_NOT_FOUND, "No such collection").with("collection", "docs"));

        ResourceInfo resource = detail(exception, ResourceInfo.class).orElseThrow();
        assertThat(resource.getResourceType()).isEqualTo("knarr.v1.Collection");
        assertThat(resource.getResourceName()).isEqualTo("docs");
    }

    @Test
    void saysWhichStateIsNotTheExpectedOne() {
        StatusRuntimeException exception = mapper.toException(
                new ServiceException(ErrorCode.INCARNATION_MISMATCH, "Another life").with("account", "acme"));

        assertThat(detail(exception, PreconditionFailure.class).orElseThrow().getViolations(0))
                .satisfies(violation -> {
                    assertThat(violation.getType()).isEqualTo("INCARNATION_MISMATCH");
                    assertThat(violation.getSubject()).isEqualTo("account:acme");
                });
    }

    @Test
    void aFailureOfTheStoreKeepsItsOwnTextBehind() {
        StatusRuntimeException exception =
                mapper.toException(new StoreException(StoreException.Kind.DISK_FULL, "canary /data/000012.log", null));

        assertThat(exception.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(StatusMapper.reason(exception.getStatus(), exception.getTrailers()))
                .hasValue("DISK_FULL");
        assertThat(proto(exception).toString()).doesNotContain("canary");
    }

    @Test
    void aBugShowsItsNumberAndNothingElse() {
        for (Throwable bug : new Throwable[] {
            new IllegalStateException("canary of another account"),
            new OutOfMemoryError("canary"),
            new StackOverflowError()
        }) {
            StatusRuntimeException exception = mapper.toException(bug);

            assertThat(exception.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
            assertThat(exception.getStatus().getDescription()).matches("Internal error, incident [0-9a-f-]{36}");
            assertThat(proto(exception).toString()).doesNotContain("canary");
            assertThat(detail(exception, ErrorInfo.class).orElseThrow().getReason())
                    .isEqualTo("INTERNAL");
        }
    }

    @Test
    void whatGoesOutFitsIntoTheTrailersThatPeersTake() {
        ServiceException failure =
                ServiceException.atField(ErrorCode.INVALID_FIELD, "f".repeat(100_000), "A sentence of usual length");
        for (int i = 0; i < 3; i++) {
            failure.with("detail" + i, "v".repeat(100_000));
        }

        StatusRuntimeException exception = mapper.toException(failure);

        int headerBytes = String.valueOf(exception.getStatus().getDescription()).length()
                + proto(exception).getSerializedSize() * 4 / 3;
        assertThat(headerBytes).isLessThan(8 << 10);
    }

    private static <T extends Message> Optional<T> detail(StatusRuntimeException exception, Class<T> type) {
        com.google.rpc.Status status = proto(exception);
        for (Any detail : status.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return Optional.of(detail.unpack(type));
                } catch (InvalidProtocolBufferException e) {
                    throw new AssertionError("Cannot read " + type, e);
                }
            }
        }
        return Optional.empty();
    }

    private static com.google.rpc.Status proto(StatusRuntimeException exception) {
        return requireNonNull(StatusProto.fromThrowable(exception));
    }
}
