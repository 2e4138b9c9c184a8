package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.WriteReceipt;
import io.knarr.server.model.WriteTerms;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;

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
        requireOneKind(request);
        try (AccountLease lease = accounts.existing(identity, deadline)) {
            WriteReceipt<Long> receipt = request.hasFilter()
                    ? lease.backend()
                            .deleteMatching(
                                    collection,
                                    terms,
                                    FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits),
                                    request.getValidateOnly(),
                                    deadline)
                    : lease.backend()
                            .delete(
                                    collection,
                                    terms,
                                    RecordIdMapper.toIds(request.getIdsList(), FieldPath.of("ids"), limits),
                                    request.getValidateOnly(),
                                    deadline);
            return DeleteRecordsResponse.newBuilder()
                    .setDeletedCount(receipt.result())
                    .setAccountIncarnation(
                            lease.backend().account().incarnation().toString())
                    .setCollectionIncarnation(receipt.collectionIncarnation().toString())
                    .build();
        }
    }

    private static void requireOneKind(DeleteRecordsRequest request) {
        if (request.hasFilter() && request.getIdsCount() > 0) {
            throw Rejections.invalid(FieldPath.of("filter"), "Records are deleted by ids or by a filter, not by both");
        }
        if (request.getValidateOnly() && !request.getRequestId().isEmpty()) {
            throw Rejections.invalid(
                    FieldPath.of("request_id"), "A call that writes nothing is not remembered, so it has no name");
        }
    }
}
