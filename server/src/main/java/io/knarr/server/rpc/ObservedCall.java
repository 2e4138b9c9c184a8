package io.knarr.server.rpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.knarr.server.model.AccountId;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What there is to tell of one call when it ends. Thread-safe. */
final class ObservedCall {
    static final Context.Key<ObservedCall> KEY = Context.key("knarr-observed-call");

    private final String method;
    private final CallListener listener;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean finished = new AtomicBoolean();
    private volatile @Nullable AccountId account;

    ObservedCall(String method, CallListener listener) {
        this.method = method;
        this.listener = listener;
    }

    /** Returns the call that this thread works for; one that nobody hears of where there is none. */
    static ObservedCall current() {
        ObservedCall current = KEY.get();
        return current == null ? new ObservedCall("", CallListener.NONE) : current;
    }

    /** Says which account the call acts on. */
    void concerns(AccountId id) {
        account = id;
    }

    /** Tells the listener, the first time. */
    void finish(Status status, @Nullable Metadata trailers) {
        if (!finished.compareAndSet(false, true)) {
            return;
        }
        Optional<String> reason = status.isOk() ? Optional.empty() : StatusMapper.reason(status, trailers);
        listener.callFinished(new CallListener.FinishedCall(
                method, Optional.ofNullable(account), status.getCode().name(), reason, System.nanoTime() - startNanos));
    }
}
