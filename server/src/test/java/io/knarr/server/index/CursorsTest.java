package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CursorsTest {
    private static final AccountNumber ALPHA = new AccountNumber(1);
    private static final AccountNumber BETA = new AccountNumber(2);
    private static final UUID DOCS = new UUID(1, 1);
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 7); // so that the clock wraps around in between
    private final Cursors cursors = new Cursors(new CursorConfig(LEASE, 4, 3, 1 << 20, 1 << 20), now::get);

    /** Remembers whether it was closed. */
    private static final class FakeSnapshot implements StoreSnapshot {
        private boolean closed;

        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
            throw new UnsupportedOperationException();
        }

        @Override
        public StoreScan scan(Table table, KeyRange range) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final List<FakeSnapshot> snapshots = new ArrayList<>();

    private UUID keep(AccountNumber account) {
        FakeSnapshot snapshot = new FakeSnapshot();
        UUID id = cursors.keep(account, DOCS, snapshot, Optional.empty());
        snapshots.add(snapshot);
        return id;
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private void touch(AccountNumber account, UUID id) {
        cursors.use(account, DOCS, id).close();
    }

    @Test
    void aLeaseEndsAndEveryPageRenewsIt() {
        UUID id = keep(ALPHA);
        for (int page = 0; page < 5; page++) {
            pass(LEASE.minusNanos(1));
            touch(ALPHA, id);
        }
        assertThat(snapshots.getFirst().closed).isFalse();

        pass(LEASE);

        ServiceException failure = failureOf(() -> touch(ALPHA, id));
        assertThat(failure.code()).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        assertThat(snapshots.getFirst().closed).isTrue();
        assertThat(cursors.openCount()).isZero();
    }

    @Test
    void maintenanceEndsWhatIsOver() {
        keep(ALPHA);
        pass(Duration.ofSeconds(30));
        keep(ALPHA);
        pass(Duration.ofSeconds(30));

        cursors.runMaintenance();

        assertThat(snapshots).extracting(snapshot -> snapshot.closed).containsExactly(true, false);
    }

    @Test
    void aCursorInUseIsNotClosedUnderItsUser() {
        UUID id = keep(ALPHA);
        try (Cursors.Use use = cursors.use(ALPHA, DOCS, id)) {
            pass(LEASE.multipliedBy(2));
            cursors.runMaintenance();
            assertThat(use.cursor().id()).isEqualTo(id);
            assertThat(snapshots.getFirst().closed).isFalse();

            cursors.closeAll(ALPHA);
            assertThat(snapshots.getFirst().closed).isFalse();
            assertThat(codeOf(() -> touch(ALPHA, id))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        }
        assertThat(snapshots.getFirst().closed).isTrue();
    }

    @Test
    void aCursorIsItsAccountsAndItsCollectionsAlone() {
        UUID id = keep(ALPHA);

        assertThat(codeOf(() -> touch(BETA, id))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        assertThat(codeOf(() -> cursors.use(ALPHA, new UUID(1, 2), id).close())).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        assertThat(codeOf(() -> touch(ALPHA, new UUID(9, 9)))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        touch(ALPHA, id);
    }

    @Test
    void anAccountHasNoMoreThanItMay() {
        for (int i = 0; i < 3; i++) {
            keep(ALPHA);
        }

        ServiceException failure = failureOf(() -> keep(ALPHA));

        assertThat(failure.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(failure.details()).containsEntry("scope", "account").containsEntry("limit", "3");
        assertThat(failure.retryAfter()).isPresent();
        assertThat(cursors.openCount()).isEqualTo(3);
        keep(BETA);
    }

    @Test
    void theServerHasNoMoreThanItMayAndNobodyGivesWayToAnotherAccount() {
        for (int i = 0; i < 3; i++) {
            keep(ALPHA);
        }
        keep(BETA);
        pass(Duration.ofSeconds(30));

        ServiceException failure = failureOf(() -> keep(new AccountNumber(3)));

        assertThat(failure.details()).containsEntry("scope", "server").containsEntry("limit", "4");
        assertThat(snapshots).noneMatch(snapshot -> snapshot.closed);
    }

    @Test
    void whatNobodyAskedForAWhileGivesWayToAnotherOfItsAccount() {
        UUID first = keep(ALPHA);
        UUID second = keep(ALPHA);
        UUID third = keep(ALPHA);
        pass(Cursors.YIELDS_AFTER);
        touch(ALPHA, first);

        keep(ALPHA);

        touch(ALPHA, first);
        assertThat(snapshots)
                .extracting(snapshot -> snapshot.closed)
                .containsExactlyInAnyOrder(false, true, false, false);
        assertThat(List.of(second, third)).anyMatch(id -> isGone(id)).anyMatch(id -> !isGone(id));
    }

    private boolean isGone(UUID id) {
        try {
            touch(ALPHA, id);
            return false;
        } catch (ServiceException e) {
            return true;
        }
    }

    @Test
    void aFinishedListingStaysShortlyAndGivesWayAtOnce() {
        UUID finished = keep(ALPHA);
        keep(ALPHA);
        keep(ALPHA);
        try (Cursors.Use use = cursors.use(ALPHA, DOCS, finished)) {
            use.finish();
        }
        pass(Cursors.FINISHED_STAY.minusNanos(1));
        cursors.runMaintenance();
        assertThat(snapshots.getFirst().closed)
                .as("its last page may be asked for again")
                .isFalse();

        pass(Duration.ofNanos(1));
        cursors.runMaintenance();
        assertThat(snapshots.getFirst().closed).isTrue();

        UUID again = keep(ALPHA);
        try (Cursors.Use use = cursors.use(ALPHA, DOCS, again)) {
            use.finish();
        }
        for (UUID id : List.of(keep(ALPHA))) {
            touch(ALPHA, id);
        }
        assertThat(snapshots.get(3).closed).isTrue();
    }

    @Test
    void bytesAreCountedAndBounded() {
        byte[] manyIds = new byte[600 << 10];
        SortedIds large = SortedIds.packed(manyIds, new int[] {manyIds.length});
        FakeSnapshot snapshot = new FakeSnapshot();
        UUID id = cursors.keep(ALPHA, DOCS, snapshot, Optional.of(large));
        assertThat(cursors.bytes()).isEqualTo(large.footprintBytes()).isGreaterThan(600 << 10);

        ServiceException failure = failureOf(() -> cursors.keep(BETA, DOCS, new FakeSnapshot(), Optional.of(large)));
        assertThat(failure.details()).containsEntry("scope", "server bytes");
        touch(ALPHA, id);
        pass(LEASE);
        cursors.runMaintenance();
        assertThat(cursors.bytes()).isZero();
        assertThat(snapshot.closed).isTrue();
    }

    @Test
    void anAccountThatIsDeletedTakesItsCursorsWithIt() {
        UUID mine = keep(ALPHA);
        UUID other = keep(BETA);

        cursors.closeAll(ALPHA);

        assertThat(codeOf(() -> touch(ALPHA, mine))).isEqualTo(ErrorCode.CURSOR_EXPIRED);
        touch(BETA, other);
        assertThat(snapshots).extracting(snapshot -> snapshot.closed).containsExactly(true, false);
    }
}
