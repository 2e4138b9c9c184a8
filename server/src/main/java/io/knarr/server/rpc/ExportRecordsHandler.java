package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountLease;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.Filter;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import java.util.Optional;

/**
 * Answers ExportRecords: the pages of a listing by id, as fast as the caller reads. The account is borrowed for each page and not in
 * between, so a slow caller holds up neither its eviction nor its deletion.
 */
final class ExportRecordsHandler implements StreamHandler<ExportRecordsRequest, ExportRecordsResponse> {
    /** Records and stored bytes of a message. */
    private static final int MESSAGE_RECORDS = 1_000;

    private static final long MESSAGE_BYTES = 1 << 20;

    private final AccountAccess accounts;
    private final Limits limits;

    @Inject
    ExportRecordsHandler(AccountAccess accounts, Limits limits) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.limits = requireNonNull(limits, "limits is null");
    }

    @Override
    public void handle(
            Identity identity,
            ExportRecordsRequest request,
            CallDeadline deadline,
            ReplyStream<ExportRecordsResponse> replies) {
        ListQuery query = query(request);
        if (!request.getPosition().isEmpty() && !request.getView().isEmpty()) {
            throw Rejections.invalid(FieldPath.of("view"), "A position names its view already");
        }
        if (request.getResumeInNewerView() && request.getPosition().isEmpty()) {
            throw Rejections.invalid(
                    FieldPath.of("resume_in_newer_view"), "Only from a position can an export go on in a newer view");
        }
        Optional<CursorPosition> from = Optional.empty();
        boolean changed = false;
        do {
            ExportRecordsResponse message;
            try (AccountLease lease = accounts.existing(identity, deadline)) {
                PageToken positions = positions(request, lease);
                PageToken views = views(request, lease);
                CursorPosition at =
                        from.isPresent() ? from.get() : start(request, query, positions, views, lease, deadline);
                // Within the stream as well: a caller that pauses for longer than a lease may have asked for it.
                NewerView read = NewerView.read(lease, query, at, request.getResumeInNewerView(), deadline);
                changed |= read.changed();
                message = message(read.page(), read.from(), positions, views).toBuilder()
                        .setViewChanged(changed)
                        .build();
                from = read.page().next();
            }
            if (message.getRecordsCount() > 0 || from.isEmpty()) {
                replies.send(message, deadline);
            }
        } while (from.isPresent());
    }

    private ListQuery query(ExportRecordsRequest request) {
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        return new ListQuery(
                NameMapper.collection(request.getCollection(), FieldPath.of("collection")),
                filter,
                Optional.empty(),
                request.hasSlice() ? ReadMapper.toSlice(request.getSlice(), FieldPath.of("slice")) : Slice.WHOLE,
                Math.min(MESSAGE_RECORDS, limits.maxBatchRecords()),
                MESSAGE_BYTES,
                SelectionMapper.toFields(request.getFields(), FieldPath.of("fields")),
                SelectionMapper.toVectors(request.getVectors(), FieldPath.of("vectors")));
    }

    private static CursorPosition start(
            ExportRecordsRequest request,
            ListQuery query,
            PageToken positions,
            PageToken views,
            AccountLease lease,
            CallDeadline deadline) {
        Optional<CursorPosition> resumed = CursorToken.decode(positions, request.getPosition());
        if (resumed.isPresent()) {
            return resumed.get();
        }
        Optional<CursorPosition> joined = CursorToken.decode(views, request.getView());
        return joined.isPresent() ? joined.get() : lease.backend().pin(query, deadline);
    }

    private static ExportRecordsResponse message(
            Page<StoredRecord, CursorPosition> page, CursorPosition at, PageToken positions, PageToken views) {
        ExportRecordsResponse.Builder message = ExportRecordsResponse.newBuilder();
        page.items().forEach(record -> message.addRecords(RecordMapper.toProto(record)));
        CursorPosition reached = page.next()
                .orElseGet(() -> page.items().isEmpty()
                        ? at
                        : new CursorPosition(
                                at.cursor(), Optional.of(page.items().getLast().id()), 0));
        CursorPosition whole = new CursorPosition(at.cursor(), Optional.empty(), 0);
        return message.setPosition(CursorToken.encode(positions, reached))
                .setView(CursorToken.encode(views, whole))
                .build();
    }

    private static PageToken positions(ExportRecordsRequest request, AccountLease lease) {
        return boundToLives(PageToken.at("export", "position"), request, lease)
                .boundTo(request.hasFilter() ? request.getFilter().toByteArray() : new byte[0])
                .boundTo(request.hasSlice() ? request.getSlice().toByteArray() : new byte[0]);
    }

    private static PageToken views(ExportRecordsRequest request, AccountLease lease) {
        return boundToLives(PageToken.at("view", "view"), request, lease);
    }

    private static PageToken boundToLives(PageToken tokens, ExportRecordsRequest request, AccountLease lease) {
        return tokens.boundTo(lease.backend().account().incarnation())
                .boundTo(lease.backend().collection(request.getCollection()).incarnation());
    }
}
