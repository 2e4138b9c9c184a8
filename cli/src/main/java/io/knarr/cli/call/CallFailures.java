package io.knarr.cli.call;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.client.KnarrException;
import java.util.Optional;
import java.util.StringJoiner;

/** Turns what a call failed with into what a user reads and a script tests. */
public final class CallFailures {
    private CallFailures() {}

    /** Returns the failure of a command whose call to {@code address} failed. */
    public static CommandFailure of(StatusRuntimeException failure, String address) {
        Status status = failure.getStatus();
        com.google.rpc.Status details = StatusProto.fromThrowable(failure);
        Optional<ErrorInfo> info = detail(details, ErrorInfo.class);
        ExitCode exitCode = exitCode(status.getCode(), info.isPresent());
        String reason = info.map(ErrorInfo::getReason).orElse(status.getCode().name());
        if (exitCode == ExitCode.UNREACHABLE) {
            return unreachable(reason, address);
        }
        StringJoiner message = new StringJoiner("; ");
        String description = status.getDescription();
        message.add(description == null ? status.getCode().name() : description);
        detail(details, BadRequest.class)
                .ifPresent(request -> request.getFieldViolationsList().forEach(violation -> {
                    if (!message.toString().contains(violation.getField())) {
                        message.add(violation.getField() + ": " + violation.getDescription());
                    }
                }));
        return new CommandFailure(exitCode, reason, message.toString());
    }

    /** Returns what a failed call of the Java client means for a command. */
    public static CommandFailure of(KnarrException failure, String address) {
        ExitCode exitCode = exitCode(failure.code(), !failure.reason().isEmpty());
        if (exitCode == ExitCode.UNREACHABLE) {
            return unreachable(Status.Code.UNAVAILABLE.name(), address);
        }
        String reason = failure.reason().isEmpty() ? failure.code().name() : failure.reason();
        String field = failure.field()
                .filter(path -> !failure.sentence().contains(path))
                .map(path -> path + ": ")
                .orElse("");
        return new CommandFailure(exitCode, reason, field + failure.sentence());
    }

    private static CommandFailure unreachable(String reason, String address) {
        return new CommandFailure(
                ExitCode.UNREACHABLE,
                reason,
                "No server answers at " + address + "; start one with ./knarr serve, or name it with --addr");
    }

    private static ExitCode exitCode(Status.Code code, boolean saidByKnarr) {
        return switch (code) {
            case OK -> ExitCode.OK;
            case NOT_FOUND -> ExitCode.NOT_FOUND;
            case ALREADY_EXISTS -> ExitCode.EXISTS;
            case INVALID_ARGUMENT,
                    OUT_OF_RANGE,
                    FAILED_PRECONDITION,
                    PERMISSION_DENIED,
                    UNAUTHENTICATED,
                    UNIMPLEMENTED -> ExitCode.REFUSED;
            case UNAVAILABLE -> saidByKnarr ? ExitCode.TRY_LATER : ExitCode.UNREACHABLE;
            case RESOURCE_EXHAUSTED, ABORTED, DEADLINE_EXCEEDED, CANCELLED -> ExitCode.TRY_LATER;
            case UNKNOWN, INTERNAL, DATA_LOSS -> ExitCode.UNEXPECTED;
        };
    }

    private static <T extends com.google.protobuf.Message> Optional<T> detail(
            com.google.rpc.@org.jspecify.annotations.Nullable Status details, Class<T> type) {
        if (details == null) {
            return Optional.empty();
        }
        for (Any detail : details.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return Optional.of(detail.unpack(type));
                } catch (InvalidProtocolBufferException e) {
                    return Optional.empty(); // the status itself still says what happened
                }
            }
        }
        return Optional.empty();
    }
}
