package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Page;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
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
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            PageToken tokens = tokens(request, lease);
            Optional<RecordId> after = tokens.decode(request.getPageToken()).map(RecordId::fromSortKey);

            Page<StoredRecord, RecordId> page = lease.backend()
                    .list(collection, filter, pageSize, MAX_PAGE_BYTES, after, fields, vectors, deadline);

            ListRecordsResponse.Builder response = ListRecordsResponse.newBuilder();
            page.items().forEach(record -> response.addRecords(RecordMapper.toProto(record)));
            page.next().ifPresent(next -> response.setNextPageToken(tokens.encode(next.toSortKey())));
            return response.build();
        }
    }

    // Bound to this life of the collection too: after a re-creation, going on would skip the new records before the
    // key.
    private static PageToken tokens(ListRecordsRequest request, AccountLease lease) {
        return PageToken.of("records")
                .boundTo(lease.backend().account().incarnation())
                .boundTo(lease.backend().collection(request.getCollection()).incarnation())
                .boundTo(request.hasFilter() ? request.getFilter().toByteArray() : new byte[0]);
    }
}
