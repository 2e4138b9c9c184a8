package io.knarr.cli.format;

import io.knarr.v1.Record;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Records from a file, one after the other. Nothing is skipped: what cannot be used is an error. Not thread-safe. */
public interface RecordReader extends Closeable {
    /**
     * Returns the next record; null after the last.
     *
     * @throws MalformedInputException if the input cannot be used
     */
    @Nullable
    Record next() throws IOException;

    /** Returns where the record last returned stands in its file, for messages. */
    String place();

    /** Returns how many bytes have been read. */
    long bytesRead();
}
