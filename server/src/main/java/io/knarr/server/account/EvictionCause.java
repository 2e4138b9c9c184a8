package io.knarr.server.account;

/** Why an account left memory. */
public enum EvictionCause {
    /** Nobody had used it for the idle timeout. */
    IDLE,
    /** The memory was needed for others, and this one had not been used for longest. */
    BUDGET,
    /** Somebody asked for it. */
    REQUESTED,
    /** It is being deleted. */
    DELETED,
    /** The server is shutting down. */
    SHUTDOWN
}
