package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Finds the best groups of records that share a value of a field, and the best few records of each.
 *
 * <p>Groups are in the order of their best records. They are found by ranking more and more rows until there are enough of them; what a
 * group then lacks is found by ranking its own rows alone, so neither a large group nor a small one can hide another. For one search.
 */
final class Grouping {
    private static final int FIRST_ROWS = 64;
    private static final int GROWTH = 8;
    private static final int ROWS_PER_CHECK = 4_096;

    private final UnaryOperator<RankedRows> cut;
    private final Ranker ranker;
    private final Refinement.GroupBy wanted;
    private final int offset;
    private final int groupCount;

    private long scoredCount;
    private boolean exact = true;

    /**
     * @param cut takes away what is not near enough from the end of an order
     * @param limit groups wanted
     * @param offset groups to pass over
     */
    Grouping(UnaryOperator<RankedRows> cut, Ranker ranker, Refinement.GroupBy wanted, int limit, int offset) {
        this.cut = cut;
        this.ranker = ranker;
        this.wanted = wanted;
        this.offset = offset;
        this.groupCount = offset + limit;
    }

    /** The rows of a group so far, best first. */
    private static final class Members {
        private final List<Integer> rows = new ArrayList<>();
        private final List<Double> scores = new ArrayList<>();

        private void add(int row, double score) {
            rows.add(row);
            scores.add(score);
        }
    }

    /** All rows of a group, in no order that matters. */
    private static final class RowList {
        private int[] rows = new int[8];
        private int count;

        private void add(int row) {
            if (count == rows.length) {
                rows = Arrays.copyOf(rows, 2 * count);
            }
            rows[count++] = row;
        }
    }

    Refiner.Refined group(SearchMoment moment, Optional<RowMask> mask, StageTimes times) {
        RowMatcher.Column column = moment.view().column(wanted.field());
        int rowCount = Math.max(1, moment.view().rowCount());
        int asked = ranker.isOpenEnded()
                ? (int) Math.min(rowCount, Math.max(FIRST_ROWS, 2L * groupCount * wanted.size()))
                : rowCount;
        while (true) {
            RankedRows ranked = rank(moment, mask, asked, times);
            Map<FieldValue, Members> groups = collect(ranked, column);
            boolean all = ranked.size() < asked || asked == rowCount;
            if (all || groups.size() == groupCount) {
                if (!all) {
                    complete(groups, moment, mask, column, times);
                }
                return refined(groups, ranked);
            }
            asked = (int) Math.min(rowCount, (long) GROWTH * asked);
        }
    }

    private RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        RankedRows ranked = ranker.rank(moment, mask, limit, times);
        scoredCount += ranked.scoredCount();
        exact &= ranked.exact();
        return cut.apply(ranked);
    }

    private Map<FieldValue, Members> collect(RankedRows ranked, RowMatcher.Column column) {
        Map<FieldValue, Members> groups = new LinkedHashMap<>();
        for (int rank = 0; rank < ranked.size(); rank++) {
            int row = ranked.rows()[rank];
            for (FieldValue value : valuesOf(column, row)) {
                Members members = groups.get(value);
                if (members == null && groups.size() < groupCount) {
                    members = new Members();
                    groups.put(value, members);
                }
                if (members != null && members.rows.size() < wanted.size()) {
                    members.add(row, ranked.scores()[rank]);
                }
            }
        }
        return groups;
    }

    /** Fills the groups that have fewer rows than wanted, of those that are returned. */
    private void complete(
            Map<FieldValue, Members> groups,
            SearchMoment moment,
            Optional<RowMask> mask,
            RowMatcher.Column column,
            StageTimes times) {
        Map<FieldValue, RowList> lacking = new LinkedHashMap<>();
        int passed = 0;
        for (Map.Entry<FieldValue, Members> group : groups.entrySet()) {
            if (passed++ >= offset && group.getValue().rows.size() < wanted.size()) {
                lacking.put(group.getKey(), new RowList());
            }
        }
        if (lacking.isEmpty()) {
            return;
        }
        RowTable.View view = moment.view();
        for (int row = 0; row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                moment.deadline().check();
            }
            if (mask.isEmpty() ? view.isVisible(row) : mask.get().contains(row)) {
                for (FieldValue value : valuesOf(column, row)) {
                    RowList rows = lacking.get(value);
                    if (rows != null) {
                        rows.add(row);
                    }
                }
            }
        }
        lacking.forEach((value, rows) -> {
            RowMask own = RowMask.ofRows(view.rowCount(), rows.rows, rows.count);
            RankedRows ranked = rank(moment, Optional.of(own), wanted.size(), times);
            Members members = new Members();
            for (int rank = 0; rank < ranked.size(); rank++) {
                members.add(ranked.rows()[rank], ranked.scores()[rank]);
            }
            groups.put(value, members);
        });
    }

    private Refiner.Refined refined(Map<FieldValue, Members> groups, RankedRows ranked) {
        List<SearchResult.Group> returned = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        int passed = 0;
        for (Map.Entry<FieldValue, Members> group : groups.entrySet()) {
            if (passed++ >= offset && !group.getValue().rows.isEmpty()) {
                returned.add(new SearchResult.Group(
                        group.getKey(), group.getValue().rows.size()));
                rows.addAll(group.getValue().rows);
                scores.addAll(group.getValue().scores);
            }
        }
        RankedRows all = new RankedRows(
                rows.stream().mapToInt(Integer::intValue).toArray(),
                scores.stream().mapToDouble(Double::doubleValue).toArray(),
                exact,
                scoredCount,
                ranked.plan(),
                ranked.reason(),
                ranked.expectedNanos());
        return new Refiner.Refined(all, returned);
    }

    /** Returns the groups that a row belongs to. */
    private static Set<FieldValue> valuesOf(RowMatcher.Column column, int row) {
        FieldValue value = column.value(row);
        if (value == null || value instanceof NullValue || value instanceof ObjectValue) {
            return Set.of();
        }
        if (value instanceof ListValue(List<FieldValue> elements)) {
            Set<FieldValue> distinct = new LinkedHashSet<>();
            for (FieldValue element : elements) {
                if (!(element instanceof NullValue) && !(element instanceof ObjectValue)) {
                    distinct.add(FieldValues.canonical(element));
                }
            }
            return distinct;
        }
        return Set.of(FieldValues.canonical(value));
    }
}
