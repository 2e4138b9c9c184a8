package io.knarr.server.rpc;

import io.knarr.server.account.AccountLease;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.StoredRecord;
import java.util.Optional;

/**
 * A page of a listing by id that may go on in a newer view, after the last id that was read, where the view that it began in is gone. Only
 * for callers that ask for it: what they read is then not of one moment.
 *
 * @param page the page
 * @param from where it began, in the view that it is of
 * @param changed whether its view is another one than that of the pages before
 */
record NewerView(Page<StoredRecord, CursorPosition> page, CursorPosition from, boolean changed) {
    /**
     * Reads a page.
     *
     * @param from the place in the view that the caller has
     * @param wanted whether a newer view will do
     * @throws ServiceException CURSOR_EXPIRED where the view is gone and no other one will do
     */
    static NewerView read(
            AccountLease lease, ListQuery query, CursorPosition from, boolean wanted, CallDeadline deadline) {
        try {
            return new NewerView(lease.backend().list(query, Optional.of(from), deadline), from, false);
        } catch (ServiceException e) {
            if (!wanted || e.code() != ErrorCode.CURSOR_EXPIRED) {
                throw e;
            }
        }
        CursorPosition pinned = lease.backend().pin(query, deadline);
        CursorPosition resumed = new CursorPosition(pinned.cursor(), from.after(), 0);
        return new NewerView(lease.backend().list(query, Optional.of(resumed), deadline), resumed, true);
    }
}
