package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.MinShould;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.OnRecord;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.SearchResult.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What is known of each condition of a filter by itself. How many records match one is counted for the explanation alone, and only as long
 * as that costs little: of the others it is said how many may match. For one call.
 */
final class FilterExplanation {
    /** What the counts of all conditions may cost together, by the measure of {@link FilterStep}: some tens of milliseconds. */
    private static final long MAX_COST = 20_000_000;

    private final RowTable.View view;
    private final CallDeadline deadline;
    private final List<Condition> conditions = new ArrayList<>();
    private long costLeft;

    FilterExplanation(RowTable.View view, CallDeadline deadline) {
        this(view, deadline, MAX_COST);
    }

    FilterExplanation(RowTable.View view, CallDeadline deadline, long maxCost) {
        this.view = view;
        this.deadline = deadline;
        this.costLeft = maxCost;
    }

    /** Returns the conditions of a checked filter, in the order in which they stand there. */
    List<Condition> of(Filter filter) {
        add(filter, "filter");
        return conditions;
    }

    private void add(Filter filter, String path) {
        switch (filter) {
            case And(List<Filter> filters) -> addAll(filters, path + ".and.filters");
            case Or(List<Filter> filters) -> addAll(filters, path + ".or.filters");
            case MinShould(List<Filter> filters, int _) -> addAll(filters, path + ".min_should.filters");
            case Not(Filter inner) -> add(inner, path + ".not.filter");
            case OnField _, OnRecord _ -> conditions.add(condition(filter, path + "." + name(filter)));
        }
    }

    private void addAll(List<Filter> filters, String path) {
        for (int i = 0; i < filters.size(); i++) {
            add(filters.get(i), path + "[" + i + "]");
        }
    }

    private Condition condition(Filter filter, String path) {
        FilterEvaluation evaluation = new FilterEvaluation(filter, view, deadline);
        long rowsInTail = evaluation.rowsWithoutIndex();
        long estimate = rowsInTail;
        long cost = rowsInTail * FilterStep.TEST_COST;
        boolean indexed = false;
        for (FilterStep plan : evaluation.plans()) {
            estimate += plan.estimate();
            cost += plan.cost();
            indexed |= !plan.isScanned();
        }
        OptionalLong matched = OptionalLong.empty();
        if (cost <= costLeft) {
            costLeft -= cost;
            matched = OptionalLong.of(evaluation.mask().count());
        }
        return new Condition(path, indexed, Math.min(estimate, view.visibleCount()), matched);
    }

    /** Returns the name that a condition has in a request. */
    private static String name(Filter condition) {
        if (condition instanceof Filter.Under) {
            return "path";
        }
        return condition
                .getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                .toLowerCase(Locale.ROOT);
    }
}
