package io.knarr.server.index;

import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.MachineCosts;
import io.knarr.server.engine.RowOrder;
import io.knarr.server.engine.SearchOutcome;
import io.knarr.server.engine.VectorQuery;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one search of one collection. Made for the call and used by one thread at a time.
 *
 * <p>A search looks at one view of the rows. Fields and vectors come from the store afterwards; where a writer has changed a hit in
 * between, the search is done again on a newer view, and after some attempts without writers, so what a hit says is always of one version.
 */
final class CollectionSearcher {
    private static final Logger log = LoggerFactory.getLogger(CollectionSearcher.class);
    private static final int MAX_OVERTAKEN_ATTEMPTS = 3;

    /** Components a scan may look at on the caller's own thread: some tens of microseconds, less than handing it over costs. */
    private static final long INLINE_COMPONENTS = 1 << 18;

    private final CollectionIndex index;
    private final RecordReader reader;
    private final BlockingCalls blocking;
    private final SearchQuery query;
    private final long maxReplyBytes;
    private final CallDeadline deadline;
    private final VectorSpec spec;
    private final int place;
    private final Optional<Filter> filter;
    private final float[] target;
    private final List<SearchResult.Stage> stages = new ArrayList<>();

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
        RecordChecker checker = index.recordChecker();
        this.place = checker.searchedVector(query.vectorName());
        this.spec = index.collection().schema().vectors().get(place);
        RecordChecker.requireDimension(spec, query.vector(), "vector");
        checker.selections(query.fields(), query.vectors());
        this.filter = query.filter().map(index.filterChecker()::check);
        this.target = spec.metric() == Metric.COSINE ? Vectors.normalised(query.vector()) : query.vector();
        loadTime.ifPresent(time -> stages.add(new SearchResult.Stage("load", time)));
    }

    /** What one attempt found in memory. */
    private record Found(SearchOutcome rows, RowTable.View view, long matchedCount) {}

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
        deadline.check();
        RowTable.View view = index.writer().holdView();
        try {
            Found found = scanWhereItFits(view);
            List<SearchResult.Hit> hits = fetch(found);
            return hits == null ? null : result(hits, found);
        } finally {
            view.table().release();
        }
    }

    private Found scanWhereItFits(RowTable.View view) {
        long components = (long) view.rowCount() * spec.dimension();
        if (filter.isEmpty() && components <= INLINE_COMPONENTS) {
            return scan(view);
        }
        long queuedAt = System.nanoTime();
        return blocking.onSearch(
                () -> {
                    // Its own hold: a caller that has given up does not wait for the scan to notice.
                    if (!view.table().tryHold()) {
                        throw new IndexClosedException();
                    }
                    try {
                        stage("queue", queuedAt);
                        return scan(view);
                    } finally {
                        view.table().release();
                    }
                },
                deadline);
    }

    private Found scan(RowTable.View view) {
        RowOrder byId = view::compareIds;
        VectorQuery wanted = VectorQuery.of(target, view.rowCount(), query.offset() + query.limit())
                .withOrder(byId)
                .withAccuracy(query.exact() ? Accuracy.EXACT : Accuracy.APPROXIMATE)
                .withExactBudget(index.graphs().exactBudgetNanos())
                .withStop(deadline::isOver)
                .withHelpers(blocking.helpers());
        if (filter.isEmpty()) {
            return found(
                    view,
                    wanted.withFilter(row -> view.isVisible(row) && view.hasVector(row, place)),
                    view.liveCount());
        }
        long filterStartedAt = System.nanoTime();
        RowMask matching = RowMask.of(view, RowMatcher.of(filter.get(), view), deadline);
        RowMask scanned = matching.havingVector(view, place);
        stage("filter", filterStartedAt);
        return found(view, wanted.withMask(scanned.bits(), scanned.count()), matching.count());
    }

    private Found found(RowTable.View view, VectorQuery wanted, long matchedCount) {
        long startedAt = System.nanoTime();
        SearchOutcome outcome = view.vectors(place).search(wanted);
        if (outcome.stopped()) {
            deadline.check();
            throw new IllegalStateException("Search stopped while its call goes on");
        }
        stage("scan", startedAt);
        String costs = MachineCosts.announcement();
        if (costs != null) {
            log.info("Costs of searches learned: {}", costs);
        }
        return new Found(outcome, view, matchedCount);
    }

    private @Nullable List<SearchResult.Hit> fetch(Found found) {
        int first = Math.min(query.offset(), found.rows().size());
        int count = found.rows().size() - first;
        List<RecordId> ids = new ArrayList<>(count);
        for (int rank = first; rank < first + count; rank++) {
            ids.add(found.view().id(found.rows().row(rank)));
        }
        List<@Nullable StoredRecord> records = recordsOf(ids, found, first);
        List<SearchResult.Hit> hits = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StoredRecord record = records.get(i);
            int row = found.rows().row(first + i);
            if (record == null || record.version() != found.view().versions()[row]) {
                return null;
            }
            hits.add(new SearchResult.Hit(record, score(found.rows().score(first + i))));
        }
        return hits;
    }

    private List<@Nullable StoredRecord> recordsOf(List<RecordId> ids, Found found, int first) {
        if (query.fields() instanceof Selection.None && query.vectors() instanceof Selection.None) {
            List<@Nullable StoredRecord> bare = new ArrayList<>(ids.size());
            for (int i = 0; i < ids.size(); i++) {
                long version = found.view().versions()[found.rows().row(first + i)];
                bare.add(new StoredRecord(
                        ids.get(i), version, Instant.EPOCH, Instant.EPOCH, new LinkedHashMap<>(), Map.of()));
            }
            return bare;
        }
        if (ids.isEmpty()) {
            return List.of();
        }
        long startedAt = System.nanoTime();
        List<@Nullable StoredRecord> records =
                reader.read(index.collection(), ids, query.fields(), query.vectors(), maxReplyBytes, deadline);
        stage("fetch", startedAt);
        return records;
    }

    private SearchResult result(List<SearchResult.Hit> hits, Found found) {
        Optional<SearchResult.Explanation> explanation = Optional.empty();
        if (query.explain()) {
            explanation = Optional.of(new SearchResult.Explanation(
                    found.rows().plan(),
                    spec.metric(),
                    found.view().liveCount(),
                    found.matchedCount(),
                    stages.stream().anyMatch(stage -> stage.name().equals("load")),
                    Kernels.description(),
                    stages,
                    found.rows().reason(),
                    expectedDuration(found.rows())));
        }
        return new SearchResult(hits, found.rows().exact(), found.rows().scoredCount(), explanation);
    }

    private static Optional<Duration> expectedDuration(SearchOutcome outcome) {
        double nanos = outcome.expectedNanos();
        return nanos > 0 ? Optional.of(Duration.ofNanos(Math.max(1, Math.round(nanos)))) : Optional.empty();
    }

    private double score(double engineScore) {
        return switch (spec.metric()) {
            case COSINE -> Math.clamp(engineScore, -1.0, 1.0);
            case DOT, MANHATTAN -> engineScore;
            case EUCLID -> Math.sqrt(engineScore);
        };
    }

    private void stage(String name, long startedAt) {
        stages.add(new SearchResult.Stage(name, Duration.ofNanos(System.nanoTime() - startedAt)));
    }
}
