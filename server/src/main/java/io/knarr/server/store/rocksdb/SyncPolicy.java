package io.knarr.server.store.rocksdb;

/** When a write waits for the disk; {@code store.sync}. */
public enum SyncPolicy {
    /** Always, before it is acknowledged. */
    ALWAYS,
    /**
     * Never: acknowledged writes are lost with the machine's power. For one purpose only, to prove that the tests of power cuts see
     * such a loss.
     */
    UNSAFE_NEVER
}
