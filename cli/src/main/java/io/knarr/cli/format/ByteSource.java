package io.knarr.cli.format;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Bytes of a file, counted. Not thread-safe. */
final class ByteSource implements Closeable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final InputStream input;
    private long bytesRead;

    /** @param name what messages call the input */
    ByteSource(String name, InputStream input) {
        this.name = name;
        this.input = new BufferedInputStream(input, BUFFER_BYTES);
    }

    String name() {
        return name;
    }

    long bytesRead() {
        return bytesRead;
    }

    /** Returns the next byte, 0 to 255; -1 at the end. */
    int read() throws IOException {
        int value = input.read();
        if (value >= 0) {
            bytesRead++;
        }
        return value;
    }

    /** Returns the next {@code count} bytes, or as many as are left. */
    byte[] read(int count) throws IOException {
        byte[] bytes = input.readNBytes(count);
        bytesRead += bytes.length;
        return bytes;
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
