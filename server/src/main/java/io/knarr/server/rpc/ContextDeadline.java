package io.knarr.server.rpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.knarr.server.model.CallDeadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The deadline of a gRPC call. */
final class ContextDeadline implements CallDeadline {
    private final Context context;
    private final Deadline deadline;

    private ContextDeadline(Context context, Deadline deadline) {
        this.context = context;
        this.deadline = deadline;
    }

    /** Returns the deadline of the call that this thread works for; {@code ifNone} from now, if its caller set none. */
    static CallDeadline current(Duration ifNone) {
        Context context = Context.current();
        Deadline deadline = context.getDeadline();
        return new ContextDeadline(
                context, deadline == null ? Deadline.after(ifNone.toNanos(), TimeUnit.NANOSECONDS) : deadline);
    }

    // gRPC also cancels the context of a call whose deadline passed; that is no caller gone away.
    @Override
    public boolean isCancelled() {
        return context.isCancelled() && !(context.cancellationCause() instanceof TimeoutException);
    }

    @Override
    public Duration remaining() {
        return Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS));
    }
}
