package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import java.util.List;

/** Answers UpsertRecords. */
final class UpsertRecordsHandler implements RpcHandler<UpsertRecordsRequest, UpsertRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    UpsertRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public UpsertRecordsResponse handle(Identity identity, UpsertRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        WriteTerms terms = new WriteTerms(
                NameMapper.incarnation(request.getCollectionIncarnation(), FieldPath.of("collection_incarnation")),
                PreconditionMapper.toPreconditions(
                        request.getPreconditionsList(), FieldPath.of("preconditions"), limits),
                RequestKeys.of(request.getRequestId(), request, FieldPath.of("request_id")));
        UpsertMode mode = RecordMapper.toMode(request.getMode(), FieldPath.of("mode"));
        List<RecordDraft> drafts = RecordMapper.toDrafts(request.getRecordsList(), FieldPath.of("records"), limits);
        try (AccountLease lease = accounts.existingOrNew(identity, deadline)) {
            WriteReceipt<List<UpsertOutcome>> receipt =
                    lease.backend().upsert(collection, terms, mode, drafts, deadline);
            UpsertRecordsResponse.Builder response = UpsertRecordsResponse.newBuilder()
                    .setAccountIncarnation(
                            lease.backend().account().incarnation().toString())
                    .setCollectionIncarnation(receipt.collectionIncarnation().toString());
            receipt.result().forEach(outcome -> response.addResults(RecordMapper.toProto(outcome)));
            return response.build();
        }
    }
}
