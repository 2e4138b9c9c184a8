package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Refuses what is not worth reading: a call while no permit is free, and a message that is too large or is none. Stands where messages
 * are still bytes, so that they are refused in our words and not in those of the transport. Thread-safe.
 */
final class AdmissionInterceptor implements ServerInterceptor {
    private final CallPermits permits;
    private final Limits limits;
    private final StatusMapper statusMapper;

    @Inject
    AdmissionInterceptor(CallPermits permits, Limits limits, StatusMapper statusMapper) {
        this.permits = requireNonNull(permits, "permits is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.statusMapper = requireNonNull(statusMapper, "statusMapper is null");
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        try {
            permits.requireAvailable(Identity.KEY.get().account());
        } catch (ServiceException e) {
            return statusMapper.refuse(call, e);
        }
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                if (refused) {
                    return;
                }
                try {
                    requireSize(message);
                    super.onMessage(message); // parses
                } catch (ServiceException e) {
                    refuse(e);
                } catch (StatusRuntimeException e) {
                    if (!(e.getCause() instanceof InvalidProtocolBufferException)) {
                        throw e;
                    }
                    refuse(new ServiceException(
                            ErrorCode.INVALID_FIELD, "The message is not one of its type, or nests too deeply"));
                }
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    super.onHalfClose();
                }
            }

            private void refuse(ServiceException failure) {
                refused = true;
                super.onCancel(); // whoever still works on earlier messages of the call
                statusMapper.close(call, failure);
            }
        };
    }

    private void requireSize(Object message) {
        if (!(message instanceof InputStream bytes)) {
            throw new IllegalStateException("Admission must stand where messages are bytes");
        }
        int size;
        try {
            size = bytes.available(); // all of it: gRPC hands over complete messages
        } catch (IOException e) {
            throw new IllegalStateException("A message in memory cannot fail to be read", e);
        }
        if (size > limits.maxCallBytes()) {
            throw new ServiceException(ErrorCode.LIMIT_EXCEEDED, "The message is too large")
                    .with("limit", limits.maxCallBytes())
                    .with("actual", size);
        }
    }
}
