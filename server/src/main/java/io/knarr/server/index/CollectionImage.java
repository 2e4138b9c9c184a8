package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.SegmentException;
import io.knarr.server.engine.SegmentFile;
import io.knarr.server.engine.SegmentWriter;
import io.knarr.server.model.Collection;
import io.knarr.server.model.VectorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * The rows of a collection as of one sequence, in a {@link SegmentFile}. The sections, in the order of the file; numbers are
 * little-endian:
 *
 * <pre>
 * head        [format: 1 byte = 5][catalog entry: length unsigned, bytes, see CollectionCodec][lineage: int64][sequence: int64]
 *             [rows: unsigned]
 * versions    int64 a row
 * created     create time in microseconds since 1970, int64 a row
 * presence    int16 a row: a bit for each vector of the schema that the record has
 * expiry      from when on nobody sees it, in microseconds since 1970, int64 a row; only where a row has such a time
 * dead        a bit a row, in words of 64, row 0 the lowest: whether the row had died
 * id-offsets  int64 a row and one more: where its id begins in "ids", and where the last one ends
 * ids         the ids' sort keys, one after another
 * fields      columns and indexes of fields, see FieldSections
 * field-map   where each of them is
 * v0. v1. ... the sections of each vector of the schema, see VectorIndex, SparseIndex for sparse ones, MultiVectorIndex for multi-vectors
 * t0. t1. ... the sections of each declared text, see TextIndex
 * </pre>
 *
 * <p>The catalog entry holds the collection's incarnation and schema as they were. The image is one of the collection as long as it is the
 * same life and the schema's vectors begin with those of the entry: a record that is not in the journal has no others. Declared fields do
 * not matter, since a field is only declared where the values there are fit.
 * Where rows of float32 are scaled to unit length, the image has them so; a change of how they are scaled is a new format.
 *
 * @param lineage of the journal that leads on from here
 * @param sequence the last write that the rows show
 * @param table the rows; whoever has it releases it
 */
record CollectionImage(long lineage, long sequence, RowTable table) {
    private static final int FORMAT = 5;
    private static final String HEAD_SECTION = "head";

    CollectionImage {
        requireNonNull(table, "table is null");
    }

    /**
     * Opens an image; the vectors and ids are verified when they are first used.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws IOException if it cannot be read
     * @throws SegmentException if it is damaged, or is not of this collection
     */
    static CollectionImage open(Path path, Collection collection) throws IOException {
        SegmentFile file = SegmentFile.open(path);
        boolean opened = false;
        try {
            byte[] head = file.read(HEAD_SECTION).toArray(ValueLayout.JAVA_BYTE);
            BinaryReader reader = new BinaryReader(head, 0, head.length);
            if (reader.readByte() != FORMAT) {
                throw SegmentException.damaged("Image has an unknown format");
            }
            byte[] entry = reader.readBytes(reader.readCount(1));
            int vectorCount = requireOf(collection, CollectionCodec.decode(collection.name(), entry));
            long lineage = reader.readLong();
            long sequence = reader.readLong();
            RowTable table =
                    RowTable.open(collection.schema(), file, Math.toIntExact(reader.readUnsigned()), vectorCount);
            opened = true;
            return new CollectionImage(lineage, sequence, table);
        } catch (CorruptBytesException | IllegalArgumentException | ArithmeticException e) {
            throw SegmentException.damaged("Head of the image makes no sense: " + e.getMessage());
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    /** Returns how many vectors the image has: those of the schema, or the first of them where it has grown since. */
    private static int requireOf(Collection collection, Collection imaged) {
        List<VectorSpec> vectors = collection.schema().vectors();
        int count = imaged.schema().vectors().size();
        if (imaged.number() != collection.number()
                || !imaged.incarnation().equals(collection.incarnation())
                || count > vectors.size()
                || !imaged.schema().vectors().equals(vectors.subList(0, count))) {
            throw SegmentException.damaged("Image is of another collection");
        }
        if (!LexicalColumns.haveSameTexts(imaged.schema(), collection.schema())) {
            throw SegmentException.damaged("Image lacks the words of texts that were declared since");
        }
        return count;
    }

    /** Writes what a view sees as an image, durably. @throws IOException if the disk is full or fails; the image before is as it was */
    static void write(Path path, Collection collection, long lineage, RowTable.View view) throws IOException {
        try (SegmentWriter writer = SegmentWriter.create(path)) {
            byte[] entry = CollectionCodec.encode(collection);
            byte[] head = new BinaryWriter(64 + entry.length)
                    .writeByte(FORMAT)
                    .writeUnsigned(entry.length)
                    .writeBytes(entry)
                    .writeLong(lineage)
                    .writeLong(view.sequence())
                    .writeUnsigned(view.rowCount())
                    .toByteArray();
            writer.begin(HEAD_SECTION);
            writer.write(MemorySegment.ofArray(head));
            view.writeSections(writer);
            writer.commit();
        }
    }
}
