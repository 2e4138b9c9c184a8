package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyRange;
import io.knarr.server.index.FieldIndex.KeyTexts;
import io.knarr.server.index.FilterStep.Sought;

/** Finds the rows of a segment whose texts pass a condition, in the way that looks at the fewest of them. */
final class TextFilter {
    /** What it costs to look at a text, in the time it takes to read a row from an index. */
    private static final int COST_PER_TEXT = 4;

    /** Signatures leave so few. */
    private static final int TEXTS_PER_CANDIDATE = 16;

    /** Of fewer values signatures are not worth making. */
    private static final int MIN_GRAM_VALUES = 1_024;

    /** Where fewer than one in so many are candidates they are looked at one by one, otherwise all are. */
    private static final int VALUES_PER_PICK = 4;

    private final FieldSegment segment;
    private final String path;
    private final FieldIndex index;
    private final KeyTexts texts;
    private final TextCondition condition;
    private final Runnable check;

    /** @param texts those of the index */
    TextFilter(
            FieldSegment segment,
            String path,
            FieldIndex index,
            KeyTexts texts,
            TextCondition condition,
            Runnable check) {
        this.segment = segment;
        this.path = path;
        this.index = index;
        this.texts = texts;
        this.condition = condition;
        this.check = check;
    }

    /** @param test the same condition, row by row */
    FilterStep step(RowMatcher test) {
        KeyRange keys =
                condition.prefix().isEmpty() ? index.ofKind(FieldKeys.STRING) : index.withPrefix(condition.prefix());
        long count = Math.max(0, keys.to() - keys.from());
        boolean few = count * VALUES_PER_PICK < texts.column().ends().size() && texts.rows() == null;
        long cost = condition.hasGrams() ? count * COST_PER_TEXT / TEXTS_PER_CANDIDATE : count * COST_PER_TEXT;
        return new Sought(
                index.entryCount(keys),
                FilterStep.LOOKUP_COST + cost,
                () -> few && !condition.hasGrams() ? among(keys) : among(),
                test);
    }

    private RowSet among(KeyRange keys) {
        RowSet.Collector collector = new RowSet.Collector(segment.rowCount());
        for (int key = keys.from(); key < keys.to(); key++) {
            check.run();
            if (TextScan.passes(texts.column(), index.placeOf(key), condition.test())) {
                index.collect(new KeyRange(key, key + 1), collector);
            }
        }
        return collector.finish();
    }

    private RowSet among() {
        RowSet.Collector collector = new RowSet.Collector(segment.rowCount());
        ValueColumn.Encoded column = texts.column();
        int count = column.ends().size();
        long[] candidates = condition.hasGrams() && count >= MIN_GRAM_VALUES
                ? segment.grams(path, column).places(condition.literals())
                : null;
        ByteNeedle needle = condition.needle();
        if (candidates != null && RowSet.cardinality(candidates) * (long) VALUES_PER_PICK < count) {
            TextScan.passing(
                    column, candidates, condition.test(), check, place -> index.collect(texts, place, collector));
        } else if (needle != null) {
            TextScan.containing(column, needle, check, place -> index.collect(texts, place, collector));
        } else {
            TextScan.passing(column, condition.test(), check, place -> index.collect(texts, place, collector));
        }
        return collector.finish();
    }
}
