package io.knarr.server.error;

/** What a caller should do next about a failure. It alone decides the gRPC status. */
public enum Remedy {
    /** The request itself is wrong; sending it again will fail again. {@code INVALID_ARGUMENT}. */
    FIX_THE_REQUEST,
    /** What the request names does not exist. {@code NOT_FOUND}. */
    CREATE_IT_FIRST,
    /** What the request would create exists already. {@code ALREADY_EXISTS}. */
    USE_WHAT_EXISTS,
    /** The state is not the one the caller expected, and a plain retry will not change that. {@code FAILED_PRECONDITION}. */
    CHECK_THE_STATE,
    /** Somebody else was faster; reading again and retrying may succeed. {@code ABORTED}. */
    READ_AGAIN_AND_RETRY,
    /** The credential is missing or unknown. {@code UNAUTHENTICATED}. */
    PRESENT_A_CREDENTIAL,
    /** The credential is known and does not allow this. {@code PERMISSION_DENIED}. */
    ASK_FOR_ACCESS,
    /** A limit or a quota is reached; the failure says which, and when to retry if that can help. {@code RESOURCE_EXHAUSTED}. */
    SEND_LESS,
    /** The server cannot do it now; the same request may succeed later. {@code UNAVAILABLE}. */
    RETRY_LATER,
    /** The caller's deadline was too short. {@code DEADLINE_EXCEEDED}. */
    ALLOW_MORE_TIME,
    /** The caller went away. {@code CANCELLED}. */
    NOTHING_TO_DO,
    /** Stored data is damaged. {@code DATA_LOSS}. */
    CALL_AN_OPERATOR
}
