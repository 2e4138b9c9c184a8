package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyRange;
import io.knarr.server.index.FilterStep.Keyed;
import io.knarr.server.index.FilterStep.Sought;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter.Under;
import java.util.List;

/**
 * Finds the rows of a segment whose paths are below another. In the order of keys a path's descendants are next to each other, so those
 * to any depth are a range; where there is a greatest depth, what is below a path of that depth is passed over at once.
 */
final class PathFilter {
    private final FieldIndex index;
    private final Under filter;
    private final int rowCount;
    private final Runnable check;

    PathFilter(FieldIndex index, Under filter, int rowCount, Runnable check) {
        this.index = index;
        this.filter = filter;
        this.rowCount = rowCount;
        this.check = check;
    }

    /**
     * @param ranges of all paths below, from {@link FieldIndex#below}
     * @param test the same condition, row by row
     */
    FilterStep step(List<KeyRange> ranges, RowMatcher test) {
        long count = ranges.stream().mapToLong(index::entryCount).sum();
        if (filter.maxDepth().isEmpty()) {
            return new Keyed(index, ranges, count, test);
        }
        return new Sought(count, FilterStep.LOOKUP_COST + count, () -> rows(ranges), test);
    }

    private RowSet rows(List<KeyRange> ranges) {
        RowSet.Collector collector = new RowSet.Collector(rowCount);
        int maxDepth = filter.maxDepth().orElse(Integer.MAX_VALUE);
        for (KeyRange range : ranges) {
            int key = range.from();
            while (key < range.to()) {
                check.run();
                String path = text(key);
                int end = endAtDepth(path, maxDepth);
                if (end == path.length()) {
                    index.collect(new KeyRange(key, key + 1), collector);
                    key++;
                } else {
                    // Of what begins with the ancestor and a slash nothing is left: the next begins with the letter
                    // after it.
                    key = firstAtLeast(new StringValue(path.substring(0, end) + (char) ('/' + 1)), key, range.to());
                }
            }
        }
        return collector.finish();
    }

    /** Returns the end of the ancestor that has the greatest depth, or of the path where it is no deeper. */
    private int endAtDepth(String path, int maxDepth) {
        boolean root = filter.path().equals(PathText.ROOT);
        int depth = root && path.length() > 1 ? 1 : 0;
        for (int at = root ? 1 : filter.path().length(); at < path.length(); at++) {
            if (path.charAt(at) == '/' && ++depth > maxDepth) {
                return at;
            }
        }
        return depth > maxDepth ? 0 : path.length();
    }

    private String text(int key) {
        if (index.key(key) instanceof StringValue(String text)) {
            return text;
        }
        throw new IllegalStateException("Key is no path");
    }

    private int firstAtLeast(FieldValue wanted, int from, int to) {
        int step = 1;
        int low = from + 1;
        while (low + step < to && FieldKeys.compare(index.key(low + step), wanted) < 0) {
            low += step;
            step <<= 1;
        }
        int high = Math.min(to, low + step);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (FieldKeys.compare(index.key(middle), wanted) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
