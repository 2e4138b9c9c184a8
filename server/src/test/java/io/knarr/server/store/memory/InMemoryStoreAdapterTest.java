package io.knarr.server.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreAdapterContract;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import org.junit.jupiter.api.Test;

class InMemoryStoreAdapterTest extends StoreAdapterContract {
    @Override
    protected StoreAdapter openEmpty() {
        return new InMemoryStoreAdapter();
    }

    @Override
    protected StoreAdapter reopen(StoreAdapter open) {
        return open;
    }

    @Test
    void theSizeIsThatOfKeysAndValues() {
        store.forAccount(ALPHA)
                .commit(new WriteBatch()
                        .put(Table.RECORDS, bytes("abc"), bytes("1234"))
                        .put(Table.RECORDS, bytes("abd"), bytes("12"))
                        .put(Table.CATALOG, bytes("x"), bytes("")));
        assertThat(store.sizeBytes()).isEqualTo(13);

        store.forAccount(ALPHA).commit(new WriteBatch().put(Table.RECORDS, bytes("abc"), bytes("1")));
        assertThat(store.sizeBytes()).isEqualTo(10);

        store.forAccount(ALPHA)
                .commit(new WriteBatch()
                        .delete(Table.CATALOG, bytes("x"))
                        .deleteRange(Table.RECORDS, KeyRange.startingWith(bytes("abd"))));
        assertThat(store.sizeBytes()).isEqualTo(4);
    }
}
