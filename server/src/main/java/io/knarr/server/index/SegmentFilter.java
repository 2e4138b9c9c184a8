package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyRange;
import io.knarr.server.index.FieldIndex.KeyTexts;
import io.knarr.server.index.FilterStep.All;
import io.knarr.server.index.FilterStep.Any;
import io.knarr.server.index.FilterStep.Complement;
import io.knarr.server.index.FilterStep.Keyed;
import io.knarr.server.index.FilterStep.Present;
import io.knarr.server.index.FilterStep.Scanned;
import io.knarr.server.index.FilterStep.Sifted;
import io.knarr.server.index.FilterStep.Some;
import io.knarr.server.index.FilterStep.Sought;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.Contains;
import io.knarr.server.model.Filter.ContainsAll;
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.IsEmpty;
import io.knarr.server.model.Filter.IsNull;
import io.knarr.server.model.Filter.MinShould;
import io.knarr.server.model.Filter.Nested;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.OnRecord;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Prefix;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Filter.Regex;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.Under;
import io.knarr.server.model.Filter.ValuesCount;
import io.knarr.server.model.RecordId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A filter on the rows of one segment. Made for a query and used by one thread.
 *
 * <p>Each condition that an index knows is looked up first: where its keys are, and so how many rows it has, before any row is looked at.
 * Of conditions that must all hold the one with the fewest rows is read from its index; the others are read from theirs, or the rows that
 * are left are looked at one by one, whichever is thought to be shorter. Conditions that no index knows come last.
 */
final class SegmentFilter {
    /** A regular expression may take some tens of microseconds of a long text. */
    private static final int LOOKS_PER_CHECK = 64;

    private final FieldSegment segment;
    private final RowTable.View view;
    private final FilterConditions conditions;
    private final RowMatcher.Source source;
    private final CallDeadline deadline;
    private int looked;

    /**
     * @param view whose rows the segment has
     * @param conditions those of the filter that have been compiled already; others are added
     */
    SegmentFilter(FieldSegment segment, RowTable.View view, FilterConditions conditions, CallDeadline deadline) {
        this.segment = segment;
        this.view = view;
        this.conditions = conditions;
        this.source = view.sourceOf(segment::column);
        this.deadline = deadline;
    }

    /** Looks a checked filter up. */
    FilterStep plan(Filter filter) {
        return switch (filter) {
            case And(List<Filter> filters) -> all(plans(filters));
            case Or(List<Filter> filters) -> new Any(segment.rowCount(), plans(filters));
            case Not(Filter inner) -> new Complement(segment.rowCount(), plan(inner));
            case MinShould(List<Filter> filters, int minCount) ->
                new Some(segment.rowCount(), plans(filters), minCount);
            case HasId(Set<RecordId> ids) when segment.end() <= view.rowCount() -> withId(ids, filter);
            case OnRecord onRecord -> new Scanned(segment.rowCount(), RowMatcher.of(onRecord, source));
            case OnField onField -> plan(onField, onField.field(), test(onField));
        };
    }

    private Sought withId(Set<RecordId> ids, Filter filter) {
        return new Sought(
                Math.min(ids.size(), segment.rowCount()),
                FilterStep.LOOKUP_COST * (1 + ids.size()),
                () -> {
                    RowSet.Collector collector = new RowSet.Collector(segment.rowCount());
                    IdTable table = segment.ids(view.ids());
                    for (RecordId id : ids) {
                        look();
                        table.forEach(id.toSortKey(), view.ids(), segment.from(), collector::add);
                    }
                    return collector.finish();
                },
                RowMatcher.of(filter, source));
    }

    private List<FilterStep> plans(List<Filter> filters) {
        return filters.stream().map(this::plan).toList();
    }

    private All all(List<FilterStep> steps) {
        List<FilterStep> ordered = new ArrayList<>(steps);
        ordered.sort(Comparator.comparing(FilterStep::isScanned).thenComparingLong(FilterStep::estimate));
        return new All(segment.rowCount(), ordered);
    }

    private RowMatcher test(OnField filter) {
        FieldCondition condition = conditions.of(filter);
        RowMatcher.Column column = segment.column(filter.field());
        return row -> condition.holds(column.value(row));
    }

    /** @param path where the index is; within a nested condition it begins outside of it */
    private FilterStep plan(OnField filter, String path, RowMatcher test) {
        if (!segment.mayIndex(path)) {
            return scanned(test);
        }
        return switch (filter) {
            case Equal(String _, Set<FieldValue> values) -> equal(path, values, test);
            case Range range -> isBounded(range) ? range(segment.index(path), range, test) : scanned(test);
            case Exists _ -> present(path, test);
            case IsEmpty _ -> new Complement(segment.rowCount(), present(path, test.negate()));
            case IsNull _ -> {
                FieldIndex index = segment.index(path);
                long estimate = index == null ? 0 : index.notNullCount();
                yield new Complement(segment.rowCount(), new Present(index, true, estimate, test.negate()));
            }
            case Prefix(String _, String prefix) -> {
                FieldIndex index = segment.index(path);
                yield keyed(index, index == null ? List.of() : List.of(index.withPrefix(prefix)), test);
            }
            case Contains _, Regex _ -> text(path, filter, test);
            case TextMatch match -> words(path, match, test);
            case Under under -> {
                FieldIndex index = segment.index(path);
                List<KeyRange> below = index == null ? List.of() : index.below(under.path());
                yield index == null || below == null
                        ? sifted(path, filter, FieldKeys.STRING, test)
                        : new PathFilter(index, under, segment.rowCount(), this::look).step(below, test);
            }
            case GeoBox box -> places(path, conditions.region(box), test);
            case GeoRadius circle -> places(path, conditions.region(circle), test);
            case GeoPolygon polygon -> places(path, conditions.region(polygon), test);
            case ContainsAll(String _, Set<FieldValue> values) -> {
                List<FilterStep> steps = new ArrayList<>();
                for (FieldValue value : values) {
                    Set<FieldValue> one = Set.of(value);
                    FieldCondition condition = FieldCondition.equal(one);
                    RowMatcher.Column column = segment.column(path);
                    steps.add(equal(path, one, row -> condition.holds(column.value(row))));
                }
                yield steps.isEmpty() ? scanned(test) : all(steps);
            }
            case ValuesCount _ -> scanned(test);
            case Nested(String _, Filter inner) -> {
                List<FilterStep> steps = new ArrayList<>();
                addNecessary(inner, path, steps);
                steps.add(scanned(test));
                yield all(steps);
            }
        };
    }

    /** Adds conditions on the row that hold wherever a single object matches. */
    private void addNecessary(Filter filter, String path, List<FilterStep> steps) {
        if (filter instanceof And(List<Filter> filters)) {
            filters.forEach(inner -> addNecessary(inner, path, steps));
        } else if (filter instanceof Equal || filter instanceof Range || filter instanceof Prefix) {
            OnField onField = (OnField) filter;
            String inner = path + "." + onField.field();
            FieldCondition condition = conditions.of(onField);
            RowMatcher.Column column = segment.column(inner);
            FilterStep step = plan(onField, inner, row -> condition.holds(column.value(row)));
            if (!step.isScanned()) {
                steps.add(step);
            }
        }
    }

    private Scanned scanned(RowMatcher test) {
        return new Scanned(segment.rowCount(), test);
    }

    private Present present(String path, RowMatcher test) {
        FieldIndex index = segment.index(path);
        return new Present(index, false, index == null ? 0 : index.existingCount(), test);
    }

    private static Keyed keyed(@Nullable FieldIndex index, List<KeyRange> ranges, RowMatcher test) {
        long estimate = 0;
        if (index != null) {
            for (KeyRange range : ranges) {
                estimate += index.entryCount(range);
            }
        }
        return new Keyed(index, ranges, estimate, test);
    }

    private FilterStep equal(String path, Set<FieldValue> values, RowMatcher test) {
        if (values.stream().anyMatch(value -> FieldKeys.kind(value) == FieldKeys.NO_KIND)) {
            return scanned(test);
        }
        FieldIndex index = segment.index(path);
        List<KeyRange> ranges = new ArrayList<>();
        if (index != null) {
            // Two that are equal as keys are one.
            for (FieldValue value :
                    values.stream().map(FieldValues::canonical).distinct().toList()) {
                KeyRange range = new KeyRange(index.firstAtLeast(value), index.firstAfter(value));
                if (!range.isEmpty()) {
                    ranges.add(range);
                }
            }
        }
        return keyed(index, ranges, test);
    }

    private static boolean isBounded(Range range) {
        return range.gt().isPresent()
                || range.gte().isPresent()
                || range.lt().isPresent()
                || range.lte().isPresent();
    }

    private static Keyed range(@Nullable FieldIndex index, Range range, RowMatcher test) {
        if (index == null) {
            return keyed(null, List.of(), test);
        }
        int from = 0;
        int to = index.keyCount();
        for (Optional<FieldValue> given : List.of(range.gt(), range.gte(), range.lt(), range.lte())) {
            if (given.isPresent()) {
                int kind = FieldKeys.kind(given.get());
                KeyRange comparable = FieldKeys.isOrdered(kind) ? index.ofKind(kind) : new KeyRange(0, 0);
                from = Math.max(from, comparable.from());
                to = Math.min(to, comparable.to());
            }
        }
        if (from < to) {
            from = Math.max(
                    from,
                    range.gt()
                            .map(bound -> index.firstAfter(FieldValues.canonical(bound)))
                            .orElse(from));
            from = Math.max(
                    from,
                    range.gte()
                            .map(bound -> index.firstAtLeast(FieldValues.canonical(bound)))
                            .orElse(from));
            to = Math.min(
                    to,
                    range.lt()
                            .map(bound -> index.firstAtLeast(FieldValues.canonical(bound)))
                            .orElse(to));
            to = Math.min(
                    to,
                    range.lte()
                            .map(bound -> index.firstAfter(FieldValues.canonical(bound)))
                            .orElse(to));
        }
        return keyed(index, List.of(new KeyRange(from, to)), test);
    }

    private FilterStep text(String path, OnField filter, RowMatcher test) {
        FieldIndex index = segment.index(path);
        KeyTexts texts = index == null ? null : index.texts();
        Optional<TextCondition> condition = conditions.text(filter);
        return index == null || texts == null || condition.isEmpty()
                ? sifted(path, filter, FieldKeys.STRING, test)
                : new TextFilter(segment, path, index, texts, condition.get(), this::look).step(test);
    }

    private FilterStep words(String path, TextMatch filter, RowMatcher test) {
        TextColumn declared = view.textColumn(path);
        ValueColumn values = segment.valuesOf(path);
        WordQuery query = conditions.words(filter);
        if (declared == null || values == null || query.isEmpty() || !query.isOf(declared.analyzer())) {
            return sifted(path, filter, FieldKeys.STRING, test);
        }
        int end = Math.min(segment.end(), view.rowCount());
        return new WordFilter(declared.index(), segment, end, query, this::look)
                .step(values, FieldValues.restOf(path) != null, test);
    }

    private FilterStep places(String path, GeoRegion region, RowMatcher test) {
        FieldIndex index = segment.index(path);
        if (index == null) {
            return keyed(null, List.of(), test);
        }
        GeoCells.Candidates candidates = segment.cells(path, index).candidates(region, this::look);
        // Each place may be of several rows.
        long estimate = candidates.count()
                * Math.max(1, index.entryCount(index.ofKind(FieldKeys.PLACE)))
                / Math.max(1, index.ofKind(FieldKeys.PLACE).size());
        return new Sought(
                estimate,
                FilterStep.LOOKUP_COST + estimate,
                () -> {
                    RowSet.Collector collector = new RowSet.Collector(segment.rowCount());
                    candidates.collect(collector);
                    return collector.finish();
                },
                test);
    }

    /** @param kind of the keys that are looked at */
    private Sifted sifted(String path, OnField filter, int kind, RowMatcher test) {
        FieldIndex index = segment.index(path);
        KeyRange keys = index == null ? new KeyRange(0, 0) : index.ofKind(kind);
        return new Sifted(index, keys, conditions.of(filter), index == null ? 0 : index.entryCount(keys), test);
    }

    /** Returns the rows that match, counted from the segment's first. @throws io.knarr.server.error.ServiceException if the call is over */
    RowSet rows(FilterStep step) {
        int rowCount = segment.rowCount();
        return switch (step) {
            case Keyed keyed -> {
                RowSet.Collector collector = new RowSet.Collector(rowCount, keyed.estimate());
                FieldIndex index = keyed.index();
                if (index != null) {
                    keyed.ranges().forEach(range -> index.collect(range, collector));
                }
                yield collector.finish();
            }
            case Sifted sifted -> rows(sifted);
            case Sought sought -> sought.search().get();
            case Present present -> {
                FieldIndex index = present.index();
                yield index == null ? RowSet.none(rowCount) : present.orEmpty() ? index.notNull() : index.existing();
            }
            case Scanned scanned -> {
                RowSet all = RowSet.all(rowCount);
                all.retain(predicate(scanned.test()));
                yield all;
            }
            case All all -> {
                if (all.steps().isEmpty()) {
                    yield RowSet.all(rowCount);
                }
                RowSet rows = rows(all.steps().getFirst());
                all.steps().stream().skip(1).forEach(other -> narrow(rows, other));
                yield rows;
            }
            case Any any -> {
                RowSet rows = RowSet.none(rowCount);
                any.steps().forEach(other -> rows.addAll(rows(other)));
                yield rows;
            }
            case Some some -> rows(some);
            case Complement complement -> {
                RowSet rows = RowSet.all(rowCount);
                rows.removeAll(rows(complement.step()));
                yield rows;
            }
        };
    }

    /** Looks at each different value once. */
    private RowSet rows(Sifted sifted) {
        RowSet.Collector collector = new RowSet.Collector(segment.rowCount(), sifted.estimate());
        FieldIndex index = sifted.index();
        if (index != null) {
            for (int key = sifted.keys().from(); key < sifted.keys().to(); key++) {
                look();
                if (sifted.condition().holds(index.key(key))) {
                    index.collect(new KeyRange(key, key + 1), collector);
                }
            }
        }
        return collector.finish();
    }

    private RowSet rows(Some some) {
        int[] counts = new int[segment.rowCount()];
        some.steps().forEach(other -> rows(other).forEach(row -> counts[row]++));
        long matches =
                Arrays.stream(counts).filter(count -> count >= some.minCount()).count();
        RowSet.Collector collector = new RowSet.Collector(segment.rowCount(), matches);
        for (int row = 0; row < counts.length; row++) {
            if (counts[row] >= some.minCount()) {
                collector.add(row);
            }
        }
        return collector.finish();
    }

    /** Keeps the rows that match. */
    private void narrow(RowSet rows, FilterStep step) {
        if (rows.count() == 0) {
            return;
        }
        if (step.isScanned() || rows.count() * step.testCost() <= step.cost()) {
            rows.retain(predicate(step.test()));
            return;
        }
        switch (step) {
            case All all -> all.steps().forEach(other -> narrow(rows, other));
            case Complement complement -> rows.removeAll(rows(complement.step()));
            case Keyed _, Sifted _, Sought _, Present _, Scanned _, Any _, Some _ -> rows.retainAll(rows(step));
        }
    }

    private IntPredicate predicate(RowMatcher test) {
        return row -> {
            look();
            // Rows that came after the view have no ids in it.
            return segment.from() + row < view.rowCount() && test.matches(segment.from() + row);
        };
    }

    private void look() {
        if (looked++ % LOOKS_PER_CHECK == 0) {
            deadline.check();
        }
    }
}
