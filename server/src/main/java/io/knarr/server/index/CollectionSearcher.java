package io.knarr.server.index;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers one search of one collection. Made for the call and used by one thread at a time.
 *
 * <p>A search looks at one view of the rows. Fields and vectors come from the store afterwards; where a writer has changed a hit in
 * between, the search is done again on a newer view, and after some attempts without writers, so what a hit says is always of one version.
 */
final class CollectionSearcher {
    private static final int MAX_OVERTAKEN_ATTEMPTS = 3;

    /** Components a scan may look at on the caller's own thread: some tens of microseconds, less than handing it over costs. */
    private static final long INLINE_COMPONENTS = 1 << 18;

    private final CollectionIndex index;
    private final RecordReader reader;
    private final BlockingCalls blocking;
    private final SearchQuery query;
    private final long maxReplyBytes;
    private final CallDeadline deadline;
    private final Ranker ranker;
    private final Refiner refiner;
    private final Optional<Filter> filter;
    private final StageTimes times = new StageTimes();

    /** Checks the query against the schema. @throws ServiceException with the path of what is wrong */
    CollectionSearcher(
            CollectionIndex index,
            RecordReader reader,
            BlockingCalls blocking,
            SearchQuery query,
            long maxReplyBytes,
            CallDeadline deadline,
            Optional<Duration> loadTime) {
        this.index = index;
        this.reader = reader;
        this.blocking = blocking;
        this.query = query;
        this.maxReplyBytes = maxReplyBytes;
        this.deadline = deadline;
        this.ranker = new Rankers(index, reader, blocking, query.exact(), deadline).of(query.question());
        this.refiner = new Refiner(ranker, query);
        index.recordChecker().selections(query.fields(), query.vectors());
        index.recordChecker().refinement(query.refinement(), ranker instanceof DenseRanker);
        this.filter = query.filter().map(index.filterChecker()::check);
        loadTime.ifPresent(time -> times.add("load", time));
    }

    /** What one attempt found in memory. */
    private record Found(
            Refiner.Refined refined, RowTable.View view, long matchedCount, List<SearchResult.Condition> conditions) {
        private RankedRows rows() {
            return refined.rows();
        }
    }

    SearchResult search() {
        for (int attempt = 0; attempt < MAX_OVERTAKEN_ATTEMPTS; attempt++) {
            SearchResult result = attempt();
            if (result != null) {
                return result;
            }
        }
        return index.writer().undisturbed(() -> {
            SearchResult result = attempt();
            if (result == null) {
                throw new IllegalStateException("Store and memory differ with no writer about");
            }
            return result;
        });
    }

    /** Returns the result, or {@code null} where a writer changed a hit before its fields were read. */
    private @Nullable SearchResult attempt() {
        RowTable.View view = index.writer().holdView();
        try {
            return attempt(new SearchMoment(view, deadline));
        } finally {
            view.table().release();
        }
    }

    /** Does the same at a moment whose view somebody holds. */
    @Nullable
    SearchResult attempt(SearchMoment moment) {
        deadline.check();
        Found found = rankWhereItFits(moment);
        List<SearchResult.Hit> hits = fetch(found);
        return hits == null ? null : result(hits, found);
    }

    private Found rankWhereItFits(SearchMoment moment) {
        boolean small = ranker.componentCount(moment.view()) <= INLINE_COMPONENTS;
        if (filter.isEmpty() && query.refinement().equals(Refinement.NONE) && small) {
            return rank(moment);
        }
        long queuedAt = System.nanoTime();
        return blocking.onSearch(
                () -> {
                    // Its own hold: a caller that has given up does not wait for the scan to notice.
                    if (!moment.view().table().tryHold()) {
                        throw new IndexClosedException();
                    }
                    try {
                        times.ended("queue", queuedAt);
                        return rank(moment);
                    } finally {
                        moment.view().table().release();
                    }
                },
                deadline);
    }

    private Found rank(SearchMoment moment) {
        Optional<RowMask> mask = moment.matching(filter, Optional.empty(), times);
        return new Found(
                refiner.refine(moment, mask, times),
                moment.view(),
                mask.map(RowMask::count).orElseGet(moment.view()::visibleCount),
                query.explain() && filter.isPresent()
                        ? new FilterExplanation(moment.view(), deadline).of(filter.get())
                        : List.of());
    }

    private @Nullable List<SearchResult.Hit> fetch(Found found) {
        int[] rows = found.rows().rows();
        List<RecordId> ids = new ArrayList<>(rows.length);
        for (int row : rows) {
            ids.add(found.view().id(row));
        }
        List<@Nullable StoredRecord> records = recordsOf(ids, found);
        List<SearchResult.Hit> hits = new ArrayList<>(rows.length);
        for (int rank = 0; rank < rows.length; rank++) {
            StoredRecord record = records.get(rank);
            if (record == null || record.version() != found.view().versions()[rows[rank]]) {
                return null;
            }
            hits.add(new SearchResult.Hit(record, found.rows().scores()[rank]));
        }
        return hits;
    }

    private List<@Nullable StoredRecord> recordsOf(List<RecordId> ids, Found found) {
        if (query.fields() instanceof Selection.None && query.vectors() instanceof Selection.None) {
            List<@Nullable StoredRecord> bare = new ArrayList<>(ids.size());
            for (int rank = 0; rank < ids.size(); rank++) {
                long version = found.view().versions()[found.rows().rows()[rank]];
                bare.add(new StoredRecord(
                        ids.get(rank),
                        version,
                        Instant.EPOCH,
                        Instant.EPOCH,
                        Optional.empty(),
                        new LinkedHashMap<>(),
                        Map.of()));
            }
            return bare;
        }
        if (ids.isEmpty()) {
            return List.of();
        }
        long startedAt = System.nanoTime();
        List<@Nullable StoredRecord> records = reader.readAt(
                found.view().now(), index.collection(), ids, query.fields(), query.vectors(), maxReplyBytes, deadline);
        times.ended("fetch", startedAt);
        return records;
    }

    private SearchResult result(List<SearchResult.Hit> hits, Found found) {
        Optional<SearchResult.Explanation> explanation = Optional.empty();
        if (query.explain()) {
            explanation = Optional.of(new SearchResult.Explanation(
                    found.rows().plan(),
                    ranker.metric(),
                    found.view().visibleCount(),
                    found.matchedCount(),
                    times.has("load"),
                    Kernels.description(),
                    times.all(),
                    found.rows().reason(),
                    expectedDuration(found.rows()),
                    found.conditions()));
        }
        return new SearchResult(
                hits,
                found.refined().groups(),
                found.rows().exact(),
                found.rows().scoredCount(),
                explanation);
    }

    private static Optional<Duration> expectedDuration(RankedRows rows) {
        double nanos = rows.expectedNanos();
        return nanos > 0 ? Optional.of(Duration.ofNanos(Math.max(1, Math.round(nanos)))) : Optional.empty();
    }
}
