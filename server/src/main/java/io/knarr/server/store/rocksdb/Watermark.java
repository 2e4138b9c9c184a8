package io.knarr.server.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * A file that remembers how far acknowledged writes had come, apart from RocksDB's own files: a log that lost its end without a trace
 * (facebook/rocksdb#12488) or a directory put back from an older copy is then seen at the next start.
 *
 * <p>Two slots of 4,096 bytes, written in turn, so that a torn write spoils the older of the two. A slot, big-endian: {@code magic
 * [uint32] | version [uint32] | generation [uint64] | sequence [uint64] | CRC-32C of the bytes before [uint32]}, then zeros. The valid
 * slot of the higher generation counts.
 *
 * <p>Not thread-safe.
 */
final class Watermark implements AutoCloseable {
    private static final int MAGIC = 0x4b4e574d; // KNWM
    private static final int VERSION = 1;
    private static final int SLOT_LENGTH = 4_096;
    private static final int CHECKED_LENGTH = 2 * Integer.BYTES + 2 * Long.BYTES;

    private record Slot(long generation, long sequence) {}

    private final FileChannel channel;
    private long generation;
    private long sequence;

    private Watermark(FileChannel channel, long generation, long sequence) {
        this.channel = channel;
        this.generation = generation;
        this.sequence = sequence;
    }

    /** Returns the sequence that a file remembers; empty if there is no file, or no slot of it is whole. */
    static OptionalLong read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return OptionalLong.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Slot newest = newest(channel);
            return newest.generation() == 0 ? OptionalLong.empty() : OptionalLong.of(newest.sequence());
        }
    }

    /** Opens the file for writing, making it if need be. */
    static Watermark open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        try {
            if (channel.size() < 2 * SLOT_LENGTH) {
                // Its length now, so that later writes need no space of a full disk and no change of the file's
                // metadata.
                ByteBuffer zeros = ByteBuffer.allocate(2 * SLOT_LENGTH - (int) channel.size());
                writeFully(channel, zeros, channel.size());
                channel.force(true);
            }
            Slot newest = newest(channel);
            return new Watermark(channel, newest.generation(), newest.sequence());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Remembers a sequence, durably. Lower than before is allowed: an operator may have accepted a loss. */
    void write(long newSequence) throws IOException {
        if (generation > 0 && newSequence == sequence) {
            return;
        }
        long newGeneration = generation + 1;
        ByteBuffer slot = ByteBuffer.allocate(SLOT_LENGTH)
                .putInt(MAGIC)
                .putInt(VERSION)
                .putLong(newGeneration)
                .putLong(newSequence);
        slot.putInt(checksum(slot.array())).rewind();
        writeFully(channel, slot, (newGeneration % 2) * SLOT_LENGTH);
        channel.force(false);
        generation = newGeneration;
        sequence = newSequence;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static Slot newest(FileChannel channel) throws IOException {
        Slot newest = new Slot(0, 0);
        for (int index = 0; index < 2; index++) {
            ByteBuffer bytes = ByteBuffer.allocate(CHECKED_LENGTH + Integer.BYTES);
            long position = (long) index * SLOT_LENGTH;
            while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {
                // reads may be short
            }
            if (bytes.hasRemaining()) {
                continue;
            }
            bytes.flip();
            boolean known = bytes.getInt() == MAGIC && bytes.getInt() == VERSION;
            Slot slot = new Slot(bytes.getLong(), bytes.getLong());
            boolean whole = bytes.getInt() == checksum(bytes.array());
            if (known && whole && slot.generation() > newest.generation()) {
                newest = slot;
            }
        }
        return newest;
    }

    private static int checksum(byte[] slot) {
        CRC32C checksum = new CRC32C();
        checksum.update(slot, 0, CHECKED_LENGTH);
        return (int) checksum.getValue();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long start = position - bytes.position();
        while (bytes.hasRemaining()) {
            channel.write(bytes, start + bytes.position());
        }
    }
}
