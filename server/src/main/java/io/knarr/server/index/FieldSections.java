package io.knarr.server.index;

import io.knarr.server.engine.MappedSection;
import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.engine.SegmentException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The fields of an image's rows, in two sections:
 *
 * <pre>
 * fields     columns and indexes, one after another
 * field-map  [segments: unsigned] (
 *              [first row: unsigned][rows: unsigned]
 *              [columns: unsigned] ([name][length: unsigned])*
 *              [indexes: unsigned] ([path][length: unsigned])*)*
 * </pre>
 *
 * <p>The lengths are those of the parts of "fields", in their order. A column is as {@link ValueColumnCodec} has it. An index is
 *
 * <pre>
 * [keys: unsigned][1 byte: 1 where they follow, then a column][1 byte: 1 where starts follow, then packed][rows: packed]
 * [large keys: unsigned] ([key: unsigned] bitmap)*
 * [1 byte: 1 where not all rows have the field, then the bitmap of those that have]
 * [1 byte: 1 where some rows have an empty list, then their bitmap]
 *
 * bitmap: [length: unsigned][bytes, in RoaringBitmap's portable format]
 * </pre>
 */
final class FieldSections {
    private static final String PARTS = "fields";
    private static final String MAP = "field-map";

    private FieldSections() {}

    /** Writes the sections. */
    static void write(SectionSink sink, List<FieldSegment> segments) throws IOException {
        BinaryWriter map = new BinaryWriter(1_024);
        map.writeUnsigned(segments.size());
        sink.begin(PARTS);
        for (FieldSegment segment : segments) {
            map.writeUnsigned(segment.from()).writeUnsigned(segment.rowCount());
            map.writeUnsigned(segment.columns().size());
            for (Map.Entry<String, ValueColumn> column : segment.columns().entrySet()) {
                BinaryWriter part = new BinaryWriter(1_024);
                ValueColumnCodec.write(part, column.getValue());
                writePart(sink, map, column.getKey(), part);
            }
            // Readers may make more meanwhile.
            List<String> indexed = List.copyOf(segment.indexed());
            map.writeUnsigned(indexed.size());
            for (String path : indexed) {
                BinaryWriter part = new BinaryWriter(1_024);
                segment.writeIndex(path, part);
                writePart(sink, map, path, part);
            }
        }
        sink.begin(MAP);
        sink.write(MemorySegment.ofArray(map.toByteArray()));
    }

    private static void writePart(SectionSink sink, BinaryWriter map, String name, BinaryWriter part)
            throws IOException {
        byte[] bytes = part.toByteArray();
        map.writeString(name).writeUnsigned(bytes.length);
        sink.write(MemorySegment.ofArray(bytes));
    }

    /** Opens what was written; columns stay in the file until they are asked for. @throws SegmentException if it is not of so many rows */
    static List<FieldSegment> open(SectionSource source, int rowCount) {
        MappedSection parts = source.map(PARTS);
        byte[] map = source.read(MAP).toArray(ValueLayout.JAVA_BYTE);
        try {
            BinaryReader reader = new BinaryReader(map, 0, map.length);
            List<FieldSegment> segments = new ArrayList<>();
            long offset = 0;
            long end = 0;
            for (int count = reader.readCount(4); count > 0; count--) {
                long from = reader.readUnsigned();
                long rows = reader.readUnsigned();
                if (from < end || rows < 0 || rows > rowCount - from) {
                    throw SegmentException.damaged("Fields of the image are not of its rows");
                }
                end = from + rows;
                Map<String, MappedPart> columns = new TreeMap<>();
                offset = readParts(reader, parts, offset, columns);
                Map<String, MappedPart> indexes = new TreeMap<>();
                offset = readParts(reader, parts, offset, indexes);
                segments.add(FieldSegment.stored((int) from, (int) rows, columns, indexes));
            }
            if (offset != parts.byteSize()) {
                throw SegmentException.damaged("Fields of the image have another length");
            }
            return segments;
        } catch (CorruptBytesException e) {
            throw SegmentException.damaged("Fields of the image make no sense: " + e.getMessage());
        }
    }

    private static long readParts(
            BinaryReader reader, MappedSection section, long from, Map<String, MappedPart> parts) {
        long offset = from;
        for (int count = reader.readCount(2); count > 0; count--) {
            String name = reader.readString();
            long length = reader.readUnsigned();
            if (length < 0 || length > section.byteSize() - offset) {
                throw SegmentException.damaged("Fields of the image lie outside of it");
            }
            parts.put(name, new MappedPart(section, offset, Math.toIntExact(length)));
            offset += length;
        }
        return offset;
    }
}
