package io.knarr.server.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.engine.SegmentException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Named sections in one file, mapped into memory. Format version 1; numbers are little-endian, what is in a section is its owner's
 * business:
 *
 * <pre>
 * at 0, the header:
 *   [magic: 8 bytes "KNARRSEG"]
 *   [format version: int32 = 1]
 *   [byte order: int32 = 0x01020304 as the machine that wrote it has it in memory]
 *   [where the directory begins: int64]
 *   [bytes of the directory: int64]
 *   [bytes of the file: int64]
 *   [CRC32C of the directory: int32]
 *   [CRC32C of the bytes before this: int32]
 *   [zeros up to 4,096]
 * then the sections, in the order in which they are loaded, each from a multiple of 4,096, zeros in between
 * then the directory, up to the end of the file:
 *   [sections: int32] (
 *     [bytes of the name: int16][name: UTF-8]
 *     [where the section begins: int64][bytes of it: int64]
 *     [CRC32C of each 65,536 bytes of it, the last ones perhaps fewer: int32 each])*
 * </pre>
 *
 * <p>The header and the directory are verified when the file is opened, a section when it is read or, chunk by chunk, when it is first
 * used. So opening costs little however large the file is, and no byte is used that is not what was written. The file must not change
 * while it is open; it may be deleted or replaced by another of its name.
 *
 * <p>Thread-safe but for {@link #close}, which is for a moment when nobody uses it.
 */
public final class SegmentFile implements SectionSource, AutoCloseable {
    /** Sections begin at multiples of this. */
    static final int PAGE_BYTES = 4_096;

    private static final byte[] MAGIC = "KNARRSEG".getBytes(UTF_8);
    private static final int VERSION = 1;
    private static final int BYTE_ORDER_MARK = 0x01020304;
    private static final int HEADER_BYTES = 48;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment file;
    private final Map<String, MappedSection> sections;

    private SegmentFile(Path path) throws IOException {
        boolean opened = false;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < PAGE_BYTES) {
                throw SegmentException.damaged("File is shorter than a header, bytes=" + size);
            }
            this.file = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            this.sections = directory(file);
            opened = true;
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    /**
     * Maps a file.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws IOException if it cannot be read
     * @throws SegmentException if it is not what was written, or written by another version
     */
    public static SegmentFile open(Path path) throws IOException {
        return new SegmentFile(path);
    }

    /** Returns the header of a file whose directory, the last thing in it, is known. */
    static ByteBuffer header(long directoryAt, int directoryBytes, int directoryChecksum) {
        ByteBuffer header = ByteBuffer.allocate(PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putInt(VERSION);
        header.order(ByteOrder.nativeOrder()).putInt(BYTE_ORDER_MARK).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(directoryAt).putLong(directoryBytes).putLong(directoryAt + directoryBytes);
        header.putInt(directoryChecksum);
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, header.position());
        return header.putInt((int) crc.getValue()).rewind();
    }

    private static Map<String, MappedSection> directory(MemorySegment file) {
        byte[] bytes = file.asSlice(0, HEADER_BYTES).toArray(ValueLayout.JAVA_BYTE);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        header.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw SegmentException.damaged("File is no segment file");
        }
        int version = header.getInt();
        int mark = header.order(ByteOrder.nativeOrder()).getInt();
        header.order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, HEADER_BYTES - Integer.BYTES);
        // Before the version: a version that a fault has changed is damage.
        if ((int) crc.getValue() != header.getInt(HEADER_BYTES - Integer.BYTES)) {
            throw SegmentException.damaged("Header of the file fails its checksum");
        }
        if (version != VERSION || mark != BYTE_ORDER_MARK) {
            throw new SegmentException(
                    Kind.OTHER_VERSION, "File has another version or byte order, version=" + version);
        }
        long from = header.getLong();
        long length = header.getLong();
        long fileBytes = header.getLong();
        if (fileBytes != file.byteSize() || from < PAGE_BYTES || length < 0 || from + length != fileBytes) {
            throw SegmentException.damaged(
                    "File has another length than it says, bytes=" + file.byteSize() + ", said=" + fileBytes);
        }
        ByteBuffer directory = file.asSlice(from, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        CRC32C directoryCrc = new CRC32C();
        directoryCrc.update(directory.duplicate());
        if ((int) directoryCrc.getValue() != header.getInt()) {
            throw SegmentException.damaged("Directory of the file fails its checksum");
        }
        return sections(file, directory, from);
    }

    private static Map<String, MappedSection> sections(MemorySegment file, ByteBuffer directory, long end) {
        try {
            int count = directory.getInt();
            Map<String, MappedSection> sections = new HashMap<>();
            for (int i = 0; i < count; i++) {
                byte[] name = new byte[directory.getShort()];
                directory.get(name);
                long offset = directory.getLong();
                long length = directory.getLong();
                if (offset < PAGE_BYTES || length < 0 || length > end - offset) {
                    throw SegmentException.damaged("Section lies outside of the file");
                }
                int chunks = Math.toIntExact(Math.ceilDiv(length, MappedSection.CHUNK_BYTES));
                ByteBuffer checksums = directory
                        .slice(directory.position(), chunks * Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                directory.position(directory.position() + chunks * Integer.BYTES);
                IntBuffer ints = checksums.asIntBuffer();
                String text = new String(name, UTF_8);
                sections.put(text, new MappedSection(text, file.asSlice(offset, length), ints));
            }
            return sections;
        } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | ArithmeticException
                | NegativeArraySizeException e) {
            // The checksum was right: whoever wrote it wrote nonsense.
            throw SegmentException.damaged("Directory of the file makes no sense: " + e.getMessage());
        }
    }

    /** Returns the bytes of the file. */
    public long byteSize() {
        return file.byteSize();
    }

    @Override
    public boolean has(String name) {
        return sections.containsKey(name);
    }

    @Override
    public MemorySegment read(String name) {
        MappedSection section = map(name);
        return section.slice(0, section.byteSize());
    }

    @Override
    public MappedSection map(String name) {
        MappedSection section = sections.get(name);
        if (section == null) {
            throw SegmentException.damaged("File has no such section, section=" + name);
        }
        return section;
    }

    /** Ends the mapping. Nobody uses a section then or later. A second call does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
