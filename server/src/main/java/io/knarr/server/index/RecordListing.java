package io.knarr.server.index;

import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.store.StoreReader;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import java.util.Optional;
import java.util.UUID;

/**
 * The listings of one account: pages of a view that was pinned with the first one. A listing that fits into one page leaves nothing
 * behind. Thread-safe.
 */
final class RecordListing {
    private final AccountNumber account;
    private final StoreView store;
    private final Cursors cursors;
    private final RecordReader reader;
    private final BlockingCalls blocking;

    RecordListing(
            AccountNumber account, StoreView store, Cursors cursors, RecordReader reader, BlockingCalls blocking) {
        this.account = account;
        this.store = store;
        this.cursors = cursors;
        this.reader = reader;
        this.blocking = blocking;
    }

    /** Refuses what does not fit the schema. Returns the query with its filter as it is evaluated. */
    static ListQuery checked(ListQuery query, Collection collection) {
        new RecordChecker(collection.schema()).selections(query.fields(), query.vectors());
        query.order().ifPresent(order -> FieldSorter.check(order, collection.schema()));
        Optional<Filter> filter = query.filter().map(new FilterChecker(collection.schema())::check);
        return new ListQuery(
                query.collection(),
                filter,
                query.order(),
                query.slice(),
                query.pageSize(),
                query.maxPageBytes(),
                query.fields(),
                query.vectors());
    }

    /** Pins the collection as it is now. Returns where a listing of it by id begins. */
    CursorPosition pin(Collection collection) {
        StoreSnapshot snapshot = store.snapshot();
        boolean kept = false;
        try {
            UUID cursor = cursors.keep(account, collection.incarnation(), snapshot, Optional.empty());
            kept = true;
            return new CursorPosition(cursor, Optional.empty(), 0);
        } finally {
            if (!kept) {
                snapshot.close();
            }
        }
    }

    /** Returns the first page by id; nothing comes into memory for it. The query has been {@linkplain #checked checked}. */
    Page<StoredRecord, CursorPosition> first(Collection collection, ListQuery query, CallDeadline deadline) {
        StoreSnapshot snapshot = store.snapshot();
        boolean kept = false;
        try {
            Page<StoredRecord, RecordId> page = reader.page(snapshot, collection, query, Optional.empty(), deadline);
            if (page.next().isEmpty()) {
                return new Page<>(page.items(), Optional.empty());
            }
            UUID cursor = cursors.keep(account, collection.incarnation(), snapshot, Optional.empty());
            kept = true;
            return new Page<>(page.items(), Optional.of(new CursorPosition(cursor, page.next(), 0)));
        } finally {
            if (!kept) {
                snapshot.close();
            }
        }
    }

    /** Returns the first page in the order of a field, for which all rows are sorted, once. */
    Page<StoredRecord, CursorPosition> firstInOrder(CollectionIndex index, ListQuery query, CallDeadline deadline) {
        RecordOrder order = query.order().orElseThrow();
        try (PinnedView pinned = PinnedView.of(index, store)) {
            SortedIds ids = blocking.onSearch(() -> sort(pinned, order, query, deadline), deadline);
            Page<StoredRecord, Integer> page =
                    reader.ranks(pinned.snapshot(), index.collection(), query, ids, 0, deadline);
            if (page.next().isEmpty()) {
                return new Page<>(page.items(), Optional.empty());
            }
            UUID cursor = cursors.keep(account, index.collection().incarnation(), pinned.snapshot(), Optional.of(ids));
            pinned.leaveSnapshot();
            return new Page<>(
                    page.items(),
                    Optional.of(new CursorPosition(
                            cursor, Optional.empty(), page.next().orElseThrow())));
        }
    }

    private SortedIds sort(PinnedView pinned, RecordOrder order, ListQuery query, CallDeadline deadline) {
        // Its own hold: a caller that has given up does not wait for the sort to notice.
        try (var _ = pinned.hold()) {
            RowTable.View view = pinned.view();
            return new FieldSorter(view, order, cursors.config().maxBytesPerCursor(), deadline)
                    .sort(query.filter(), query.slice());
        }
    }

    /**
     * Returns a later page of a listing. The query has been {@linkplain #checked checked} and is that of the first page.
     *
     * @throws ServiceException CURSOR_EXPIRED
     */
    Page<StoredRecord, CursorPosition> next(
            Collection collection, ListQuery query, CursorPosition position, CallDeadline deadline) {
        try (Cursors.Use use = cursors.use(account, collection.incarnation(), position.cursor())) {
            StoreReader view = use.cursor().snapshot();
            Optional<SortedIds> order = use.cursor().order();
            Page<StoredRecord, CursorPosition> page;
            if (order.isPresent()) {
                page = placed(position, reader.ranks(view, collection, query, order.get(), position.rank(), deadline));
            } else {
                Page<StoredRecord, RecordId> byId = reader.page(view, collection, query, position.after(), deadline);
                page = new Page<>(
                        byId.items(),
                        byId.next().map(last -> new CursorPosition(position.cursor(), Optional.of(last), 0)));
            }
            if (page.next().isEmpty()) {
                use.finish();
            }
            return page;
        }
    }

    private static Page<StoredRecord, CursorPosition> placed(CursorPosition from, Page<StoredRecord, Integer> page) {
        return new Page<>(
                page.items(), page.next().map(rank -> new CursorPosition(from.cursor(), Optional.empty(), rank)));
    }
}
