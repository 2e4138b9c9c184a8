package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.AggregateRecordsResponse;
import java.util.Optional;
import java.util.SequencedMap;

/** Answers AggregateRecords. */
final class AggregateRecordsHandler implements RpcHandler<AggregateRecordsRequest, AggregateRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    AggregateRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public AggregateRecordsResponse handle(Identity identity, AggregateRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        SequencedMap<String, Aggregation> aggregations =
                AggregateMapper.toAggregations(request.getAggregationsMap(), FieldPath.of("aggregations"), limits);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            return AggregateMapper.toResponse(lease.backend().aggregate(collection, filter, aggregations, deadline));
        }
    }
}
