package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CountRecordsResponse;
import java.util.Optional;

/** Answers CountRecords. */
final class CountRecordsHandler implements RpcHandler<CountRecordsRequest, CountRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    CountRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public CountRecordsResponse handle(Identity identity, CountRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            return CountRecordsResponse.newBuilder()
                    .setCount(lease.backend().count(collection, filter, deadline))
                    .build();
        }
    }
}
