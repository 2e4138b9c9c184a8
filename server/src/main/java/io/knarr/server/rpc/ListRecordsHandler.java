package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import java.util.Optional;

/** Answers ListRecords. */
final class ListRecordsHandler implements RpcHandler<ListRecordsRequest, ListRecordsResponse> {
    /** Where a page ends early, so that it fits into what clients take by default (4 MiB). */
    private static final long MAX_PAGE_BYTES = 2 << 20;

    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    ListRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public ListRecordsResponse handle(Identity identity, ListRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        int pageSize = PageSize.of(request.getPageSize(), limits.maxBatchRecords());
        Selection fields = SelectionMapper.toFields(request.getFields(), FieldPath.of("fields"));
        Selection vectors = SelectionMapper.toVectors(request.getVectors(), FieldPath.of("vectors"));
        Optional<RecordOrder> order = request.hasOrderBy()
                ? Optional.of(ReadMapper.toOrder(request.getOrderBy(), FieldPath.of("order_by"), limits))
                : Optional.empty();
        Slice slice = request.hasSlice() ? ReadMapper.toSlice(request.getSlice(), FieldPath.of("slice")) : Slice.WHOLE;
        if (request.getResumeInNewerView() && order.isPresent()) {
            throw Rejections.invalid(
                    FieldPath.of("resume_in_newer_view"),
                    "Only a listing by id can go on in a newer view: in the order of a field its place is no place there");
        }
        ListQuery query = new ListQuery(collection, filter, order, slice, pageSize, MAX_PAGE_BYTES, fields, vectors);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            PageToken tokens = tokens(request, lease);
            Optional<CursorPosition> from = CursorToken.decode(tokens, request.getPageToken());

            ListRecordsResponse.Builder response = ListRecordsResponse.newBuilder();
            Page<StoredRecord, CursorPosition> page;
            if (from.isPresent()) {
                NewerView read = NewerView.read(lease, query, from.get(), request.getResumeInNewerView(), deadline);
                page = read.page();
                response.setViewChanged(read.changed());
            } else {
                page = lease.backend().list(query, from, deadline);
            }
            page.items().forEach(record -> response.addRecords(RecordMapper.toProto(record)));
            page.next().ifPresent(next -> response.setNextPageToken(CursorToken.encode(tokens, next)));
            return response.build();
        }
    }

    // Bound to this life of the collection too: of another one there is no view to go on in.
    private static PageToken tokens(ListRecordsRequest request, AccountLease lease) {
        return PageToken.of("records")
                .boundTo(lease.backend().account().incarnation())
                .boundTo(lease.backend().collection(request.getCollection()).incarnation())
                .boundTo(request.hasFilter() ? request.getFilter().toByteArray() : new byte[0])
                .boundTo(request.hasOrderBy() ? request.getOrderBy().toByteArray() : new byte[0])
                .boundTo(request.hasSlice() ? request.getSlice().toByteArray() : new byte[0]);
    }
}
