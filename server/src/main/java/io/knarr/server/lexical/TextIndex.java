package io.knarr.server.lexical;

import io.knarr.server.engine.SectionSink;
import io.knarr.server.engine.SectionSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.apache.lucene.util.SmallFloat;

/**
 * Texts by dense row number: an inverted index of their words. Writers and readers as of a {@link SparseIndex}.
 *
 * <p>Ranks by BM25 as Lucene's {@code BM25Similarity} does, to the last bit: with k1 = 1.2 and b = 0.75, floats where it has floats, and a
 * text's length rounded to 8 bits as its norms are. The statistics are those of the rows that are seen, so they follow a deletion at
 * once, where Lucene's follow when segments are merged.
 */
public final class TextIndex {
    private static final String ROWS = "rows-";
    private static final float K1 = 1.2f;
    private static final float B = 0.75f;
    private static final float[] LENGTHS = lengths();

    /** A string, its bytes' header, and some letters. */
    private static final int WORD_BYTES = 48;

    private final Postings<String> words = new Postings<>(Summary.FREQUENCIES, word -> WORD_BYTES + word.length());

    /** The rows that have words, and how many each. */
    private final PostingList rows;

    /** Makes an empty index. */
    public TextIndex() {
        this(new PostingList(Summary.SUM));
    }

    private TextIndex(PostingList rows) {
        this.rows = rows;
    }

    /**
     * Reads what {@link #writeSections} wrote; no text is analysed again.
     *
     * @param prefix what the names of its sections begin with
     * @throws io.knarr.server.engine.SegmentException if it is damaged
     */
    public static TextIndex open(SectionSource source, String prefix) {
        TextIndex index = new TextIndex(PostingSections.readOne(source, prefix + ROWS, Summary.SUM));
        PostingSections.read(
                source,
                prefix,
                Summary.FREQUENCIES,
                (key, list) -> index.words.put(new String(key, StandardCharsets.UTF_8), list));
        return index;
    }

    /**
     * Writes the first rows; for any thread, while the writer goes on. The sections are those of {@link PostingSections}, once for the
     * words, in UTF-8 as keys, and once after {@code rows-} for the rows that have words.
     *
     * @param prefix what the names of the sections shall begin with
     */
    public void writeSections(SectionSink sink, String prefix, int rowCount) throws IOException {
        PostingSections.writeOne(sink, prefix + ROWS, rows, rows.countBelow(rowCount));
        PostingSections.write(sink, prefix, words.entries(rowCount, word -> word.getBytes(StandardCharsets.UTF_8)));
    }

    private static float[] lengths() {
        float[] lengths = new float[256];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = SmallFloat.byte4ToInt((byte) i);
        }
        return lengths;
    }

    /** Appends the text of a row; one without words is as none. Writer only. */
    public void append(int row, AnalysedText text) {
        if (text.words().length == 0) {
            return;
        }
        rows.append(row, text.wordCount());
        int length = SmallFloat.intToByte4(text.length()) & 0xFF;
        for (int i = 0; i < text.words().length; i++) {
            words.append(text.words()[i], row, WordPosting.of(text.frequencies()[i], length));
        }
    }

    /** Appends rows of another index under new numbers, see {@link Postings#appendMoved}. */
    public void appendMoved(TextIndex from, int firstRow, int[] moved) {
        rows.appendMoved(from.rows, firstRow, moved);
        words.appendMoved(from.words, firstRow, moved);
    }

    /** Finds the rows whose texts rank best for any of some words, exactly; each word with how often it is asked for. */
    public LexicalOutcome search(Map<String, Integer> asked, RowScope scope) {
        int end = rows.countBelow(scope.rowCount());
        long rowCount = scope.visibleCount(rows, end);
        long wordCount = rows.sum(end);
        for (int row : scope.dead()) {
            int at = rows.find(row, 0, end);
            wordCount -= at < end && rows.row(at) == row ? rows.value(at) : 0;
        }
        float[] inverseLengths = inverseLengths((float) (wordCount / (double) rowCount));
        List<TermCursor> cursors = new ArrayList<>(asked.size());
        asked.forEach((word, times) -> {
            PostingList list = words.get(word);
            int listEnd = list == null ? 0 : list.countBelow(scope.rowCount());
            if (list != null && listEnd > 0) {
                float idf = (float) SparseIndex.inverseFrequency(scope.visibleCount(list, listEnd), rowCount);
                cursors.add(
                        new TermCursor(list, WordScorer.of(times * idf, inverseLengths, listEnd), scope.rowCount()));
            }
        });
        return PrunedSearch.search(cursors, scope, true);
    }

    /** Returns how many rows from one up to before another have a word. */
    public int rowCount(String word, int from, int to) {
        PostingList list = words.get(word);
        if (list == null) {
            return 0;
        }
        int end = list.countBelow(to);
        return end - list.find(from, 0, end);
    }

    /** Gives the rows from one up to before another that have a word, ascending. */
    public void forEachRow(String word, int from, int to, IntConsumer consumer) {
        PostingList list = words.get(word);
        if (list != null) {
            int end = list.countBelow(to);
            for (int at = list.find(from, 0, end); at < end; at++) {
                consumer.accept(list.row(at));
            }
        }
    }

    /** Returns whether a row, of those that were published, has a word. */
    public boolean has(String word, int row) {
        PostingList list = words.get(word);
        return list != null && list.has(row, list.count());
    }

    private static float[] inverseLengths(float averageLength) {
        float[] inverse = new float[LENGTHS.length];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1f / (K1 * ((1 - B) + B * LENGTHS[i] / averageLength));
        }
        return inverse;
    }

    /** Returns an estimate of the heap taken. Writer only. */
    public long footprintBytes() {
        return words.footprintBytes() + rows.footprintBytes();
    }

    /** BM25 of one word. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record WordScorer(float weight, float[] inverseLengths, float[] common) implements TermScorer {
        /** Scores of lower frequencies are read from a table, by the low bits of the posting. */
        private static final int COMMON = 4 << Byte.SIZE;

        /** Postings of so many are worth a table. */
        private static final int MIN_POSTINGS = 4_096;

        /** @param count of the postings */
        static WordScorer of(float weight, float[] inverseLengths, int count) {
            WordScorer scorer = new WordScorer(weight, inverseLengths, new float[0]);
            if (count < MIN_POSTINGS) {
                return scorer;
            }
            float[] common = new float[COMMON];
            for (int value = 0; value < COMMON; value++) {
                common[value] = scorer.score(WordPosting.frequency(value), WordPosting.length(value));
            }
            return new WordScorer(weight, inverseLengths, common);
        }

        @Override
        public void add(int[] rows, int[] values, int from, int to, int first, double[] sums, long[] seen) {
            float[] table = common;
            for (int at = from; at < to; at++) {
                int place = rows[at] - first;
                int value = values[at];
                sums[place] += value < table.length
                        ? table[value]
                        : score(WordPosting.frequency(value), WordPosting.length(value));
                seen[place / Long.SIZE] |= 1L << place;
            }
        }

        @Override
        public double score(int value) {
            return score(WordPosting.frequency(value), WordPosting.length(value));
        }

        private float score(float frequency, int length) {
            // In this form, as Lucene has it, it does not fall as the frequency grows nor rise with the length, in
            // spite of rounding.
            return weight - weight / (1f + frequency * inverseLengths[length]);
        }

        @Override
        public double bound(long summary) {
            float bound = 0;
            for (int i = 0; i < Summary.FREQUENCY_CLASSES; i++) {
                int shortest = (int) (summary >>> (Byte.SIZE * i)) & 0xFF;
                float frequency = i + 1 < Summary.FREQUENCY_CLASSES ? i + 1 : summary >>> Integer.SIZE;
                bound = Math.max(bound, score(frequency, shortest));
            }
            return bound;
        }

        @Override
        public double magnitude(long summary) {
            return weight;
        }
    }
}
