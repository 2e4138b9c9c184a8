package io.knarr.server.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a {@link SegmentFile}: into a temporary file beside it, which takes its name only when {@link #commit} has made every byte
 * durable. So under the name there is, at any moment, either the file before or the file after. For one thread.
 */
public final class SegmentWriter implements SectionSink, AutoCloseable {
    /** What the temporary file's name ends with. */
    public static final String TEMPORARY_SUFFIX = ".tmp";

    private static final int MAX_NAME_BYTES = 200;

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final ByteBuffer chunk =
            ByteBuffer.allocateDirect(MappedSection.CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, Section> sections = new LinkedHashMap<>();
    private Section current = new Section("", 0);
    private long position = SegmentFile.PAGE_BYTES;
    private boolean committed;

    /** A section on its way, with the checksums of its chunks. */
    private static final class Section {
        final String name;
        final long offset;
        long length;
        ByteBuffer checksums = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

        Section(String name, long offset) {
            this.name = name;
            this.offset = offset;
        }

        void addChecksum(int checksum) {
            if (!checksums.hasRemaining()) {
                checksums = ByteBuffer.allocate(2 * checksums.capacity())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(checksums.flip());
            }
            checksums.putInt(checksum);
        }
    }

    private SegmentWriter(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** Begins a file that will take the name {@code target}, in a directory that exists. Replaces what an earlier attempt left. */
    public static SegmentWriter create(Path target) throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + TEMPORARY_SUFFIX);
        FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        return new SegmentWriter(target.toAbsolutePath(), temporary, channel);
    }

    @Override
    public void begin(String name) throws IOException {
        if (name.isEmpty() || name.getBytes(UTF_8).length > MAX_NAME_BYTES || sections.containsKey(name)) {
            throw new IllegalArgumentException("The name of a section is empty, too long or taken: " + name);
        }
        endSection();
        position = Math.ceilDiv(position, SegmentFile.PAGE_BYTES) * SegmentFile.PAGE_BYTES;
        current = new Section(name, position);
        sections.put(name, current);
    }

    @Override
    public void write(MemorySegment bytes) throws IOException {
        if (current.offset == 0) {
            throw new IllegalStateException("No section has begun");
        }
        MemorySegment buffer = MemorySegment.ofBuffer(chunk.duplicate().clear());
        long done = 0;
        while (done < bytes.byteSize()) {
            int length = (int) Math.min(chunk.remaining(), bytes.byteSize() - done);
            MemorySegment.copy(bytes, done, buffer, chunk.position(), length);
            chunk.position(chunk.position() + length);
            done += length;
            if (!chunk.hasRemaining()) {
                flushChunk();
            }
        }
    }

    /**
     * Makes the file durable and gives it its name. Whatever fails leaves the file of that name as it was, or as it is to be.
     *
     * @throws IOException if the disk is full or fails
     */
    public void commit() throws IOException {
        endSection();
        ByteBuffer directory = directory();
        CRC32C crc = new CRC32C();
        crc.update(directory.duplicate());
        long directoryAt = position;
        writeFully(directory.duplicate(), directoryAt);
        writeFully(SegmentFile.header(directoryAt, directory.remaining(), (int) crc.getValue()), 0);
        channel.force(true);
        channel.close();
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        committed = true;
        syncDirectory();
    }

    /** Makes the new name durable. */
    private void syncDirectory() throws IOException {
        try (FileChannel directory = FileChannel.open(target.resolveSibling(""), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** Drops the file, unless it was committed. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!committed) {
            Files.deleteIfExists(temporary);
        }
    }

    private void endSection() throws IOException {
        if (chunk.position() > 0) {
            flushChunk();
        }
    }

    private void flushChunk() throws IOException {
        chunk.flip();
        CRC32C crc = new CRC32C();
        crc.update(chunk.duplicate());
        current.addChecksum((int) crc.getValue());
        current.length += chunk.remaining();
        int length = chunk.remaining();
        writeFully(chunk, position);
        position += length;
        chunk.clear();
    }

    private ByteBuffer directory() {
        int size = Integer.BYTES;
        for (Section section : sections.values()) {
            size += Short.BYTES + section.name.getBytes(UTF_8).length + 2 * Long.BYTES + section.checksums.position();
        }
        ByteBuffer directory = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        directory.putInt(sections.size());
        for (Section section : sections.values()) {
            byte[] name = section.name.getBytes(UTF_8);
            directory.putShort((short) name.length).put(name);
            directory.putLong(section.offset).putLong(section.length);
            directory.put(section.checksums.duplicate().flip());
        }
        return directory.flip();
    }

    private void writeFully(ByteBuffer bytes, long at) throws IOException {
        long offset = at;
        while (bytes.hasRemaining()) {
            offset += channel.write(bytes, offset);
        }
    }
}
