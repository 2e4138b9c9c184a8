package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.PatchRecordsResponse;
import java.util.List;

/** Answers PatchRecords. */
final class PatchRecordsHandler implements RpcHandler<PatchRecordsRequest, PatchRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    PatchRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public PatchRecordsResponse handle(Identity identity, PatchRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        WriteTerms terms = new WriteTerms(
                NameMapper.incarnation(request.getCollectionIncarnation(), FieldPath.of("collection_incarnation")),
                PreconditionMapper.toPreconditions(
                        request.getPreconditionsList(), FieldPath.of("preconditions"), limits),
                RequestKeys.of(request.getRequestId(), request, FieldPath.of("request_id")));
        List<RecordPatch> patches = PatchMapper.toPatches(request.getPatchesList(), FieldPath.of("patches"), limits);
        RecordBounds bounds =
                new RecordBounds(limits.maxRecordBytes(), limits.maxFieldsBytes(), limits.maxValueDepth());
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            WriteReceipt<List<UpsertOutcome>> receipt =
                    lease.backend().patch(collection, terms, patches, bounds, deadline);
            PatchRecordsResponse.Builder response = PatchRecordsResponse.newBuilder()
                    .setAccountIncarnation(
                            lease.backend().account().incarnation().toString())
                    .setCollectionIncarnation(receipt.collectionIncarnation().toString());
            receipt.result().forEach(outcome -> response.addResults(RecordMapper.toProto(outcome)));
            return response.build();
        }
    }
}
