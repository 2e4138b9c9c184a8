package io.knarr.it;

import io.grpc.Status;

/**
 * A call that must be refused.
 *
 * @param name what is wrong with it
 * @param call makes it
 * @param code the status it must end with
 * @param reason the reason that the ErrorInfo must give
 * @param field the field that the one field violation must name; empty if there must be none
 */
record BadCall(String name, Call call, Status.Code code, String reason, String field) {
    /** A call over a connection. */
    interface Call {
        void make(Caller caller);
    }

    /** Returns a call that is refused as INVALID_ARGUMENT. */
    static BadCall invalid(String name, String reason, String field, Call call) {
        return new BadCall(name, call, Status.Code.INVALID_ARGUMENT, reason, field);
    }

    @Override
    public String toString() {
        return name;
    }
}
