package io.knarr.server.store;

/**
 * One owner's keys and values as they were when the snapshot was taken, whatever is written since. Reads of several tables see the same
 * moment.
 *
 * <p>Thread-safe. An open snapshot keeps what was replaced or deleted since from being given back, so whoever takes one bounds how many
 * there are and for how long. Closing the store closes its snapshots; reads then throw {@link StoreException.Kind#CLOSED}. What a
 * snapshot shows of an account that was {@linkplain StoreAdapter#dropAccount dropped} is not promised: close it first.
 */
public interface StoreSnapshot extends StoreReader, AutoCloseable {
    /** Lets the moment go, after the reads and scans of it that are under way. A second call does nothing. */
    @Override
    void close();
}
