package io.knarr.server.index;

import io.knarr.server.model.AggregateReply;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SampleQuery;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.store.StoreView;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/** The reads of one account that look at all rows of a collection, each at one view. Thread-safe. */
final class CollectionReads {
    private final StoreView store;
    private final RecordReader reader;
    private final BlockingCalls blocking;

    CollectionReads(StoreView store, RecordReader reader, BlockingCalls blocking) {
        this.store = store;
        this.reader = reader;
        this.blocking = blocking;
    }

    /** Computes aggregations over the records that match. */
    AggregateReply aggregate(
            CollectionIndex index,
            Optional<Filter> filter,
            SequencedMap<String, Aggregation> aggregations,
            CallDeadline deadline) {
        new AggregationChecker(index.collection().schema()).check(aggregations);
        Optional<Filter> checked = filter.map(index.filterChecker()::check);
        return blocking.onSearch(
                () -> {
                    RowTable.View view = index.writer().holdView();
                    try {
                        return aggregate(view, checked, aggregations, deadline);
                    } finally {
                        view.table().release();
                    }
                },
                deadline);
    }

    private static AggregateReply aggregate(
            RowTable.View view,
            Optional<Filter> filter,
            SequencedMap<String, Aggregation> aggregations,
            CallDeadline deadline) {
        Aggregator aggregator = new Aggregator(view, aggregations, Aggregation.MAX_KEPT);
        long[] matched = new long[1];
        MatchedRows.forEach(view, filter, deadline, row -> {
            matched[0]++;
            aggregator.add(row);
        });
        return new AggregateReply(aggregator.results(), matched[0]);
    }

    /** Returns records picked at random, in random order. */
    List<StoredRecord> sample(CollectionIndex index, SampleQuery query, long maxReplyBytes, CallDeadline deadline) {
        index.recordChecker().selections(query.fields(), query.vectors());
        Optional<Filter> checked = query.filter().map(index.filterChecker()::check);
        try (PinnedView pinned = PinnedView.of(index, store)) {
            List<RecordId> ids = blocking.onSearch(() -> pick(pinned, checked, query, deadline), deadline);
            return reader
                    .read(
                            pinned.snapshot(),
                            index.collection(),
                            ids,
                            query.fields(),
                            query.vectors(),
                            maxReplyBytes,
                            deadline)
                    .stream()
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    private static List<RecordId> pick(
            PinnedView pinned, Optional<Filter> filter, SampleQuery query, CallDeadline deadline) {
        try (var _ = pinned.hold()) {
            Sampler sampler = new Sampler(pinned.view(), query.seed(), query.size());
            MatchedRows.forEach(pinned.view(), filter, deadline, sampler::add);
            return sampler.ids();
        }
    }
}
