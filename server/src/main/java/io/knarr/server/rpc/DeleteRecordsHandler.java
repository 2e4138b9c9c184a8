package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import java.util.List;

/** Answers DeleteRecords. */
final class DeleteRecordsHandler implements RpcHandler<DeleteRecordsRequest, DeleteRecordsResponse> {
    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    DeleteRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public DeleteRecordsResponse handle(Identity identity, DeleteRecordsRequest request, CallDeadline deadline) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        WriteTerms terms = new WriteTerms(
                NameMapper.incarnation(request.getCollectionIncarnation(), FieldPath.of("collection_incarnation")),
                PreconditionMapper.toPreconditions(
                        request.getPreconditionsList(), FieldPath.of("preconditions"), limits),
                RequestKeys.of(request.getRequestId(), request, FieldPath.of("request_id")));
        List<RecordId> ids = RecordIdMapper.toIds(request.getIdsList(), FieldPath.of("ids"), limits);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            WriteReceipt<Long> receipt = lease.backend().delete(collection, terms, ids, deadline);
            return DeleteRecordsResponse.newBuilder()
                    .setDeletedCount(receipt.result())
                    .setAccountIncarnation(
                            lease.backend().account().incarnation().toString())
                    .setCollectionIncarnation(receipt.collectionIncarnation().toString())
                    .build();
        }
    }
}
