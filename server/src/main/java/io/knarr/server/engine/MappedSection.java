package io.knarr.server.engine;

import io.knarr.server.engine.kernel.MemoryVerifier;
import java.lang.foreign.MemorySegment;
import java.nio.IntBuffer;
import java.util.zip.CRC32C;

/**
 * A section of a mapped file, verified by chunks of {@value #CHUNK_BYTES} bytes: whoever is about to use bytes asks for them to be
 * verified, and the first to ask for a chunk pays for it. Thread-safe, without locks; two threads may verify the same chunk.
 */
public final class MappedSection implements MemoryVerifier {
    /** Bytes under one checksum. */
    static final int CHUNK_BYTES = 65_536;

    private static final int SHIFT = Integer.numberOfTrailingZeros(CHUNK_BYTES);

    private final String name;
    private final MemorySegment memory;
    private final IntBuffer checksums;

    // A byte per chunk, one once it was verified. Races are harmless: what is not seen yet is verified again.
    private final byte[] verified;

    /** @param checksums CRC32C of each chunk */
    MappedSection(String name, MemorySegment memory, IntBuffer checksums) {
        this.name = name;
        this.memory = memory;
        this.checksums = checksums;
        this.verified = new byte[checksums.remaining()];
    }

    /** Returns the bytes, read-only. {@link #verify} those that are to be used. */
    public MemorySegment memory() {
        return memory;
    }

    /** Returns how many bytes there are. */
    public long byteSize() {
        return memory.byteSize();
    }

    /** @throws SegmentException if one of these bytes, or one near them, is not what was written */
    @Override
    public void verify(long offset, long length) {
        if (length == 0) {
            return;
        }
        int last = (int) ((offset + length - 1) >>> SHIFT);
        for (int chunk = (int) (offset >>> SHIFT); chunk <= last; chunk++) {
            if (verified[chunk] == 0) {
                verifyChunk(chunk);
            }
        }
    }

    /** Returns bytes, verified. */
    public MemorySegment slice(long offset, long length) {
        MemorySegment slice = memory.asSlice(offset, length);
        verify(offset, length);
        return slice;
    }

    private void verifyChunk(int chunk) {
        long from = (long) chunk << SHIFT;
        long length = Math.min(CHUNK_BYTES, memory.byteSize() - from);
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(from, length).asByteBuffer());
        if ((int) crc.getValue() != checksums.get(chunk)) {
            throw SegmentException.damaged("Section fails its checksum, section=" + name + ", chunk=" + chunk);
        }
        verified[chunk] = 1;
    }
}
