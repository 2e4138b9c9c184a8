package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Answers GetRecords. */
final class GetRecordsHandler implements RpcHandler<GetRecordsRequest, GetRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    GetRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public GetRecordsResponse handle(Identity identity, GetRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        List<RecordId> ids = RecordIdMapper.toIds(request.getIdsList(), FieldPath.of("ids"), limits);
        Selection fields = SelectionMapper.toFields(request.getFields(), FieldPath.of("fields"));
        Selection vectors = SelectionMapper.toVectors(request.getVectors(), FieldPath.of("vectors"));
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            List<StoredRecord> records =
                    lease.backend().get(collection, ids, fields, vectors, limits.maxCallBytes(), deadline);
            Set<RecordId> missing = new LinkedHashSet<>(ids);
            GetRecordsResponse.Builder response = GetRecordsResponse.newBuilder();
            for (StoredRecord record : records) {
                missing.remove(record.id());
                response.addRecords(RecordMapper.toProto(record));
            }
            missing.forEach(id -> response.addMissingIds(RecordIdMapper.toProto(id)));
            return response.build();
        }
    }
}
