package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.SampleQuery;
import io.knarr.v1.SampleRecordsRequest;
import io.knarr.v1.SampleRecordsResponse;
import java.util.Optional;
import java.util.UUID;

/** Answers SampleRecords. */
final class SampleRecordsHandler implements RpcHandler<SampleRecordsRequest, SampleRecordsResponse> {
    private static final int DEFAULT_SIZE = 10;

    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    SampleRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public SampleRecordsResponse handle(Identity identity, SampleRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        // Of a random UUID the low half is random but for two bits.
        long seed = request.hasSeed() ? request.getSeed() : UUID.randomUUID().getLeastSignificantBits();
        SampleQuery query = new SampleQuery(
                collection,
                filter,
                size(request.getSize()),
                seed,
                SelectionMapper.toFields(request.getFields(), FieldPath.of("fields")),
                SelectionMapper.toVectors(request.getVectors(), FieldPath.of("vectors")));
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            SampleRecordsResponse.Builder response =
                    SampleRecordsResponse.newBuilder().setSeed(seed);
            lease.backend()
                    .sample(query, limits.maxCallBytes(), deadline)
                    .forEach(record -> response.addRecords(RecordMapper.toProto(record)));
            return response.build();
        }
    }

    private int size(int requested) {
        FieldPath path = FieldPath.of("size");
        if (requested < 0) {
            throw Rejections.invalid(path, "The size of a sample must not be negative")
                    .with("actual", requested);
        }
        if (requested > limits.maxBatchRecords()) {
            throw Rejections.limit(path, "A sample has too many records", limits.maxBatchRecords(), requested);
        }
        return requested == 0 ? DEFAULT_SIZE : requested;
    }
}
