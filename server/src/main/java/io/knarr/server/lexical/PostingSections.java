package io.knarr.server.lexical;

import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import io.knarr.server.engine.SegmentException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Lists of postings in a file. The sections, numbers in the order of the machine:
 *
 * <pre>
 * posting-keys     the keys, one after another: [length: int32][bytes]
 * posting-counts   postings of each list: int32
 * posting-rows     the rows of each list, one after another: int32
 * posting-values   the values, beside the rows: 32 bits
 * </pre>
 */
final class PostingSections {
    private static final String KEYS = "posting-keys";
    private static final String COUNTS = "posting-counts";
    private static final String ROWS = "posting-rows";
    private static final String VALUES = "posting-values";

    private PostingSections() {}

    /** One list to be written: its key, and how many of its postings. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(byte[] key, PostingList list, int count) {}

    static void write(SectionSink sink, String prefix, List<Entry> entries) throws IOException {
        sink.begin(prefix + KEYS);
        for (Entry entry : entries) {
            byte[] key = entry.key();
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + key.length).order(ByteOrder.nativeOrder());
            sink.write(MemorySegment.ofArray(bytes.putInt(key.length).put(key).array()));
        }
        sink.begin(prefix + COUNTS);
        sink.write(MemorySegment.ofArray(entries.stream().mapToInt(Entry::count).toArray()));
        sink.begin(prefix + ROWS);
        for (Entry entry : entries) {
            sink.write(first(entry.list().rows(), entry.count()));
        }
        sink.begin(prefix + VALUES);
        for (Entry entry : entries) {
            sink.write(first(entry.list().values(), entry.count()));
        }
    }

    private static MemorySegment first(int[] numbers, int count) {
        return MemorySegment.ofArray(numbers).asSlice(0, (long) count * Integer.BYTES);
    }

    /** Writes a single list. */
    static void writeOne(SectionSink sink, String prefix, PostingList list, int count) throws IOException {
        write(sink, prefix, List.of(new Entry(new byte[0], list, count)));
    }

    /** Reads a single list. Throws as {@link #read}. */
    static PostingList readOne(SectionSource source, String prefix, Summary summary) {
        PostingList[] only = {new PostingList(summary)};
        read(source, prefix, summary, (_, list) -> only[0] = list);
        return only[0];
    }

    /** Takes the lists that were written. */
    interface Taker {
        void take(byte[] key, PostingList list);
    }

    /** Reads what was written. @throws SegmentException if it is not there, or makes no sense */
    static void read(SectionSource source, String prefix, Summary summary, Taker taker) {
        ByteBuffer keys = source.read(prefix + KEYS).asByteBuffer().order(ByteOrder.nativeOrder());
        int[] counts = source.read(prefix + COUNTS).toArray(ValueLayout.JAVA_INT);
        MemorySegment rows = source.read(prefix + ROWS);
        MemorySegment values = source.read(prefix + VALUES);
        long at = 0;
        for (int count : counts) {
            long bytes = (long) count * Integer.BYTES;
            if (keys.remaining() < Integer.BYTES || count < 0 || at + bytes > rows.byteSize()) {
                throw SegmentException.damaged("Postings of the image make no sense");
            }
            int keyBytes = keys.getInt();
            if (keyBytes < 0 || keyBytes > keys.remaining()) {
                throw SegmentException.damaged("Keys of the image's postings make no sense");
            }
            byte[] key = new byte[keyBytes];
            keys.get(key);
            taker.take(
                    key,
                    new PostingList(
                            summary,
                            rows.asSlice(at, bytes).toArray(ValueLayout.JAVA_INT),
                            values.asSlice(at, bytes).toArray(ValueLayout.JAVA_INT)));
            at += bytes;
        }
        if (at != rows.byteSize() || at != values.byteSize() || keys.hasRemaining()) {
            throw SegmentException.damaged("Image has postings of no key");
        }
    }
}
