package io.knarr.server.rpc;

/** Told that the server stops, while calls under way still go on. */
@FunctionalInterface
interface StopListener {
    /** The server takes no new calls and waits for those under way. */
    void stopping();
}
