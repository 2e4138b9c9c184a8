package io.knarr.server.index;

import io.knarr.server.model.RecordId;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Which records were written since an image was taken: one entry per commit, in the commit's own batch, so that it is there if and only
 * if the records are. Format version 1, little-endian:
 *
 * <pre>
 * [format: 1 byte = 1]
 * [lineage: int64]
 * [the collection's sequence before the commit: int64]
 * [ids: unsigned] ([bytes: unsigned][sort key])*
 * [CRC32C of all bytes before: int64]
 * </pre>
 *
 * <p>The sequence after the commit is in the key (see {@link IndexKeys}). Each entry begins where the one before it ended, so entries that
 * lead from an image's sequence to the collection's name every record that differs; a commit without an entry, by a server that kept no
 * journal, leaves a gap that is seen. The <em>lineage</em> is a random number, drawn anew whenever a journal is begun: entries of another
 * lineage than the image's are a gap, too. It is also in the catalog, for who writes without having loaded the collection; where what is there is
 * old, after a crash between an image and its note, that is such a gap.
 */
final class Journal {
    private static final int FORMAT = 1;

    private Journal() {}

    /** Returns an entry of the commit that leads on from {@code from}. */
    static byte[] encode(long lineage, long from, Collection<RecordId> ids) {
        BinaryWriter writer = new BinaryWriter(32 + 24 * ids.size());
        writer.writeByte(FORMAT).writeLong(lineage).writeLong(from).writeUnsigned(ids.size());
        for (RecordId id : ids) {
            writer.writeUnsigned(id.sortKeyLength()).writeBytes(id.toSortKey());
        }
        byte[] unchecked = writer.toByteArray();
        return writer.writeLong(checksum(unchecked, unchecked.length)).toByteArray();
    }

    /**
     * Returns the ids of all records that commits after {@code since} up to {@code sequence} wrote or deleted, or nothing where the
     * journal does not say.
     */
    static Optional<Set<RecordId>> idsSince(
            StoreView store, int collectionNumber, long lineage, long since, long sequence) {
        Set<RecordId> ids = new LinkedHashSet<>();
        long reached = since;
        try (StoreScan scan = store.scan(
                Table.SNAPSHOTS,
                IndexKeys.journal(collectionNumber).after(IndexKeys.journal(collectionNumber, since)))) {
            while (scan.next()) {
                if (!follows(scan.value(), lineage, reached, ids)) {
                    return Optional.empty();
                }
                reached = IndexKeys.journalSequence(scan.key());
            }
        } catch (CorruptBytesException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return reached == sequence ? Optional.of(ids) : Optional.empty();
    }

    /** Adds the ids of an entry, if it is the next one. */
    private static boolean follows(byte[] entry, long lineage, long reached, Set<RecordId> ids) {
        int end = entry.length - Long.BYTES;
        if (end < 1 || new BinaryReader(entry, end, entry.length).readLong() != checksum(entry, end)) {
            return false;
        }
        BinaryReader reader = new BinaryReader(entry, 0, end);
        if (reader.readByte() != FORMAT || reader.readLong() != lineage || reader.readLong() != reached) {
            return false;
        }
        int count = reader.readCount(2);
        for (int i = 0; i < count; i++) {
            ids.add(RecordId.fromSortKey(reader.readBytes(reader.readCount(1))));
        }
        return reader.atEnd();
    }

    private static long checksum(byte[] bytes, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        return crc.getValue();
    }
}
