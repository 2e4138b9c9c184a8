package io.knarr.server.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreAdapterContract;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksDbStoreAdapterTest extends StoreAdapterContract {
    @TempDir
    Path directory;

    @Override
    protected StoreAdapter openEmpty() {
        return RocksDbStoreAdapter.open(RocksDbConfig.defaults(directory));
    }

    @Override
    protected StoreAdapter reopen(StoreAdapter open) {
        open.close();
        assertThat(NativeHandles.openCount()).isZero();
        return RocksDbStoreAdapter.open(RocksDbConfig.defaults(directory));
    }

    @AfterEach
    void nothingNativeIsLeftOpen() {
        store.close();
        assertThat(NativeHandles.openCount()).isZero();
    }

    @Test
    void aStoreThatClosesGivesBackTheSnapshotsThatAreOut() {
        RocksDbStoreAdapter adapter = (RocksDbStoreAdapter) store;
        StoreSnapshot given = store.forAccount(ALPHA).snapshot();
        StoreSnapshot held = store.system().snapshot();
        assertThat(adapter.openSnapshotCount()).isEqualTo(2);
        given.close();
        assertThat(adapter.openSnapshotCount()).isEqualTo(1);

        store.close();

        assertThat(adapter.openSnapshotCount()).isZero();
        held.close();
    }

    @Test
    void theStoreKeepsItsId() {
        UUID id = store.storeId();

        store = reopen(store);

        assertThat(store.storeId()).isEqualTo(id);
    }

    @Test
    void aStoreGrowsWithWhatItHolds() {
        byte[] noise = new byte[1 << 20];
        new Random(1).nextBytes(noise);
        for (int value = 0; value < 5; value++) {
            store.forAccount(ALPHA).commit(new WriteBatch().put(Table.SNAPSHOTS, bytes("value-" + value), noise));
        }

        assertThat(store.sizeBytes()).isGreaterThan(5 << 20);
    }

    @Test
    void theHolderSignsAndTheLockFileStays() {
        assertThat(directory.resolve("knarr.holder"))
                .content()
                .contains("pid=" + ProcessHandle.current().pid());

        store.close();

        assertThat(directory.resolve("knarr.holder")).doesNotExist();
        assertThat(directory.resolve("LOCK")).exists();
    }

    /** Enough that there are files of the account alone, and of the account together with its neighbours. */
    @Test
    void theSpaceOfALargeDroppedAccountIsReclaimedAndNobodyElseIsTouched() throws Exception {
        AccountNumber large = new AccountNumber(7);
        List<AccountNumber> others = new ArrayList<>();
        for (int number = 1; number <= 600; number++) {
            if (number != large.value()) {
                others.add(new AccountNumber(number));
            }
        }
        byte[] noise = new byte[1 << 20];
        Random random = new Random(2);
        for (int round = 0; round < 160; round++) {
            random.nextBytes(noise);
            store.forAccount(large)
                    .commit(new WriteBatch().put(Table.RECORDS, bytes("record-%04d".formatted(round)), noise));
        }
        for (AccountNumber other : others) {
            store.forAccount(other).commit(new WriteBatch().put(Table.RECORDS, bytes("mine"), bytes("kept")));
        }
        store.close();
        PlainRocksDb.open(directory, (db, families) -> db.compactRange(families.get(3)));
        store = RocksDbStoreAdapter.open(RocksDbConfig.defaults(directory));
        assertThat(store.sizeBytes()).isGreaterThan(160 << 20);

        store.dropAccount(large, new WriteBatch());
        while (store.sizeBytes() > 110 << 20) { // the class's timeout ends it
            LockSupport.parkNanos(1_000_000);
        }
        store = reopen(store);

        assertThat(contents(store.forAccount(large), Table.RECORDS)).isEmpty();
        for (AccountNumber other : others) {
            StoreView view = store.forAccount(other);
            assertThat(view.get(Table.RECORDS, bytes("mine"))).isEqualTo(bytes("kept"));
            assertThat(contents(view, Table.RECORDS)).hasSize(1);
        }
    }

    @Test
    void aRangeOfAnAccountIsFoundInTablesOnDisk() {
        StoreView view = store.forAccount(ALPHA);
        for (int round = 0; round < 5; round++) {
            WriteBatch batch = new WriteBatch();
            for (int key = round; key < 1_000; key += 5) {
                batch.put(Table.RECORDS, bytes("key-%04d".formatted(key)), bytes("round-" + round));
            }
            view.commit(batch);
            view.commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.startingWith(bytes("key-05"))));
            store = reopen(store); // each time into a table of its own
            view = store.forAccount(ALPHA);
        }

        assertThat(contents(view, Table.RECORDS)).hasSize(900);
        assertThat(view.getAll(Table.RECORDS, List.of(bytes("key-0499"), bytes("key-0500"), bytes("key-0600"))))
                .containsExactly(bytes("round-4"), null, bytes("round-0"));
    }
}
