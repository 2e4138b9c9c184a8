package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;

/** Finds out who a call is from and whether it may be made, before its message is read. Thread-safe. */
final class IdentityInterceptor implements ServerInterceptor {
    private final Authenticator authenticator;
    private final StatusMapper statusMapper;

    @Inject
    IdentityInterceptor(Authenticator authenticator, StatusMapper statusMapper) {
        this.authenticator = requireNonNull(authenticator, "authenticator is null");
        this.statusMapper = requireNonNull(statusMapper, "statusMapper is null");
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Context context;
        try {
            context = identify(call.getMethodDescriptor().getFullMethodName(), headers);
        } catch (RuntimeException e) {
            return statusMapper.refuse(call, e);
        }
        return Contexts.interceptCall(context, call, headers, next);
    }

    private Context identify(String method, Metadata headers) {
        AccessRule rule = AccessTable.rule(method)
                .orElseThrow(() -> new IllegalStateException("Method has no access rule: " + method));
        if (rule == AccessRule.ANYBODY) {
            return Context.current();
        }
        Identity identity = authenticator.authenticate(CallClaims.of(headers));
        identity.account().ifPresent(ObservedCall.current()::concerns);
        requireAccess(rule, identity);
        return Context.current().withValue(Identity.KEY, identity);
    }

    private static void requireAccess(AccessRule rule, Identity identity) {
        switch (rule) {
            case ANYBODY, KNOWN_CALLER -> {}
            case ACCOUNT_CALLER -> {
                var _ = identity.requireAccount();
            }
            case ROOT -> {
                if (!identity.root()) {
                    throw new ServiceException(ErrorCode.ROOT_REQUIRED, "Only root may make this call");
                }
            }
        }
    }
}
