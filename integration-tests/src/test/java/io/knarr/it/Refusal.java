package io.knarr.it;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;

/**
 * How a call was refused.
 *
 * @param reasons of its ErrorInfos; a server of ours sends one
 * @param domains of these
 * @param fields of its field violations
 */
record Refusal(Status.Code code, List<String> reasons, List<String> domains, List<String> fields) {
    static Refusal of(StatusRuntimeException failure) {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        List<Any> details = status == null ? List.of() : status.getDetailsList();
        List<ErrorInfo> infos = details.stream()
                .filter(detail -> detail.is(ErrorInfo.class))
                .map(detail -> unpack(detail, ErrorInfo.class))
                .toList();
        List<String> fields = details.stream()
                .filter(detail -> detail.is(BadRequest.class))
                .flatMap(detail -> unpack(detail, BadRequest.class).getFieldViolationsList().stream())
                .map(BadRequest.FieldViolation::getField)
                .toList();
        return new Refusal(
                failure.getStatus().getCode(),
                infos.stream().map(ErrorInfo::getReason).toList(),
                infos.stream().map(ErrorInfo::getDomain).toList(),
                fields);
    }

    private static <T extends com.google.protobuf.Message> T unpack(Any detail, Class<T> type) {
        try {
            return detail.unpack(type);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("A detail cannot be read", e);
        }
    }
}
