package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What RocksDB's failures mean to the store. */
final class NativeFailures {
    private NativeFailures() {}

    /** Returns the failure of a read. */
    static StoreException ofRead(RocksDBException failure, Path directory) {
        return isCorruption(failure)
                ? new StoreException(Kind.CORRUPT, text("Data in the store is damaged", directory, failure), failure)
                : new StoreException(Kind.IO, text("The store cannot be read", directory, failure), failure);
    }

    /**
     * Returns the failure of a write. Only {@link Kind#DISK_FULL} leaves the store fit for more: after any other the pages that a flush
     * could not write may have been dropped by the kernel, and a later flush would succeed without them.
     */
    static StoreException ofWrite(RocksDBException failure, Path directory) {
        if (isDiskFull(failure)) {
            return new StoreException(
                    Kind.DISK_FULL, text("The disk is full, nothing was written", directory, failure), failure);
        }
        if (isCorruption(failure)) {
            return new StoreException(Kind.CORRUPT, text("Data in the store is damaged", directory, failure), failure);
        }
        return new StoreException(
                Kind.IO,
                text("The disk failed and the outcome of the write is unknown, restart the server", directory, failure),
                failure);
    }

    static boolean isCorruption(RocksDBException failure) {
        return code(failure) == Status.Code.Corruption;
    }

    static boolean isDiskFull(RocksDBException failure) {
        Status status = failure.getStatus();
        return status != null && status.getSubCode() == Status.SubCode.NoSpace;
    }

    /** Returns whether the request itself was malformed: a bug of ours, and the store is as it was. */
    static boolean isOurFault(RocksDBException failure) {
        return code(failure) == Status.Code.InvalidArgument;
    }

    /** Returns whether the directory's lock is held, by this process or another. There is no status of its own for it. */
    static boolean isLocked(RocksDBException failure) {
        String message = String.valueOf(failure.getMessage());
        return code(failure) == Status.Code.IOError
                && (message.contains("While lock file") || message.contains("lock hold by current process"));
    }

    static String text(String sentence, Path directory, RocksDBException failure) {
        return sentence + ": directory=" + directory + ", reason=" + failure.getMessage();
    }

    private static Status.@Nullable Code code(RocksDBException failure) {
        return failure.getStatus() == null ? null : failure.getStatus().getCode();
    }
}
