package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A collection as the searches of one call see it: a view, which somebody holds, and the masks of the filters that were asked of it, each
 * made once. Thread-safe.
 */
final class SearchMoment {
    private final RowTable.View view;
    private final CallDeadline deadline;
    private final Map<Filter, RowMask> masks = new ConcurrentHashMap<>();

    SearchMoment(RowTable.View view, CallDeadline deadline) {
        this.view = view;
        this.deadline = deadline;
    }

    RowTable.View view() {
        return view;
    }

    CallDeadline deadline() {
        return deadline;
    }

    /** Returns the visible rows that match a checked filter. */
    RowMask matching(Filter filter) {
        RowMask known = masks.get(filter);
        if (known == null) {
            known = new FilterEvaluation(filter, view, deadline).mask();
            masks.put(filter, known);
        }
        return known;
    }

    /** Returns the visible rows that match all of the checked filters, nothing where there are none. */
    Optional<RowMask> matching(Optional<Filter> first, Optional<Filter> second, StageTimes times) {
        if (first.isEmpty() && second.isEmpty()) {
            return Optional.empty();
        }
        long startedAt = System.nanoTime();
        Optional<RowMask> firstMask = first.map(this::matching);
        Optional<RowMask> secondMask = second.map(this::matching);
        Optional<RowMask> both = firstMask.isPresent() && secondMask.isPresent()
                ? Optional.of(firstMask.get().and(secondMask.get()))
                : firstMask.or(() -> secondMask);
        times.ended("filter", startedAt);
        return both;
    }
}
