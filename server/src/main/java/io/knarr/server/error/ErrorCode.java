package io.knarr.server.error;

/** Every failure a caller can see. The name goes on the wire as the reason, so a code is added or retired, never renamed. */
public enum ErrorCode {
    /** A field of the request is missing, malformed or out of range. */
    INVALID_FIELD(Remedy.FIX_THE_REQUEST),
    /** A vector has another number of components than its collection says. */
    DIMENSION_MISMATCH(Remedy.FIX_THE_REQUEST),
    /** A number is NaN or infinite. */
    NOT_FINITE(Remedy.FIX_THE_REQUEST),
    /** A field or vector is not in the collection's closed schema. */
    UNKNOWN_FIELD(Remedy.FIX_THE_REQUEST),
    /** A value is of another type than its field. */
    TYPE_MISMATCH(Remedy.FIX_THE_REQUEST),
    /** A filter is malformed. */
    INVALID_FILTER(Remedy.FIX_THE_REQUEST),
    /** A page token is not one of ours, or belongs to another request. */
    INVALID_PAGE_TOKEN(Remedy.FIX_THE_REQUEST),
    /** Something in the request is larger than its published limit. */
    LIMIT_EXCEEDED(Remedy.FIX_THE_REQUEST),
    /** Another request was made under this id. */
    REQUEST_ID_REUSED(Remedy.FIX_THE_REQUEST),
    /** A chunk of an ingest is neither the next one nor one that was dealt with. */
    INGEST_OUT_OF_ORDER(Remedy.FIX_THE_REQUEST),
    /** More of an ingest is on its way than its window allows. */
    INGEST_WINDOW_EXCEEDED(Remedy.FIX_THE_REQUEST),
    /** Another stream goes on with this ingest. */
    INGEST_TAKEN_OVER(Remedy.READ_AGAIN_AND_RETRY),
    /** There is no such account. */
    ACCOUNT_NOT_FOUND(Remedy.CREATE_IT_FIRST),
    /** The account has no such collection. */
    COLLECTION_NOT_FOUND(Remedy.CREATE_IT_FIRST),
    /** The collection has no such record. */
    RECORD_NOT_FOUND(Remedy.CREATE_IT_FIRST),
    /** There is an account of that name. */
    ACCOUNT_EXISTS(Remedy.USE_WHAT_EXISTS),
    /** There is a collection of that name. */
    COLLECTION_EXISTS(Remedy.USE_WHAT_EXISTS),
    /** There is a record of that id. */
    RECORD_EXISTS(Remedy.USE_WHAT_EXISTS),
    /** A record has another version than the caller expected. */
    VERSION_MISMATCH(Remedy.READ_AGAIN_AND_RETRY),
    /** A record does not match what the caller expected, or does not exist, or does. */
    PRECONDITION_FAILED(Remedy.CHECK_THE_STATE),
    /** A number would become larger than its type can hold. */
    NUMBER_OVERFLOW(Remedy.CHECK_THE_STATE),
    /** The account or collection was deleted and created again since the caller looked. */
    INCARNATION_MISMATCH(Remedy.CHECK_THE_STATE),
    /** The pinned view that a page token names is gone: its lease is over, or the server was restarted. */
    CURSOR_EXPIRED(Remedy.READ_AGAIN_AND_RETRY),
    /** Records have values in a field that do not fit what is to be declared of it. */
    FIELD_IN_USE(Remedy.CHECK_THE_STATE),
    /** The call came without a credential, or with one that nobody knows. */
    UNAUTHENTICATED(Remedy.PRESENT_A_CREDENTIAL),
    /** The credential is bound to another account. */
    ACCOUNT_MISMATCH(Remedy.ASK_FOR_ACCESS),
    /** Only root may do this. */
    ROOT_REQUIRED(Remedy.ASK_FOR_ACCESS),
    /** The server, or this account, has as many calls under way as it may. */
    TOO_MANY_CALLS(Remedy.SEND_LESS),
    /** The account holds as many of these as it may. */
    QUOTA_EXCEEDED(Remedy.SEND_LESS),
    /** The disk is full; reads go on. */
    DISK_FULL(Remedy.SEND_LESS),
    /** The account's data did not come into memory in time; loading goes on. */
    ACCOUNT_LOAD_TIMEOUT(Remedy.RETRY_LATER),
    /** The memory for accounts is taken by calls under way. */
    MEMORY_EXHAUSTED(Remedy.RETRY_LATER),
    /** The disk failed; whether the write is durable is unknown, and it may be repeated. */
    STORE_UNAVAILABLE(Remedy.RETRY_LATER),
    /** The server is shutting down. */
    SERVER_STOPPING(Remedy.RETRY_LATER),
    /** The deadline passed before the answer was ready. */
    DEADLINE_EXCEEDED(Remedy.ALLOW_MORE_TIME),
    /** The caller cancelled the call. */
    CALL_CANCELLED(Remedy.NOTHING_TO_DO),
    /** A stored record failed its checksum or cannot be decoded. */
    RECORD_CORRUPT(Remedy.CALL_AN_OPERATOR);

    private final Remedy remedy;

    ErrorCode(Remedy remedy) {
        this.remedy = remedy;
    }

    /** Returns what the caller should do next. */
    public Remedy remedy() {
        return remedy;
    }
}
