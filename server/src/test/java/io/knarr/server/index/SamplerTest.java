package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.IdHash;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.SampleQuery;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SamplerTest {
    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final TestBackends backends = new TestBackends(store);
    private AccountBackend backend = backends.openWithCollection();

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private List<RecordId> sample(long seed, int size, Optional<Filter> filter) {
        SampleQuery query = new SampleQuery(COLLECTION, filter, size, seed, new Selection.None(), new Selection.None());
        return backend.sample(query, Long.MAX_VALUE, NO_DEADLINE).stream()
                .map(StoredRecord::id)
                .toList();
    }

    private void write(int count) {
        List<RecordDraft> drafts = new ArrayList<>();
        for (long id = 0; id < count; id++) {
            drafts.add(numbered(id, id % 2));
        }
        var _ = backend.upsert(COLLECTION, WriteTerms.NONE, UpsertMode.UPSERT, drafts, NO_DEADLINE);
    }

    @Test
    void everyRecordIsAsLikelyAsAnyOther() {
        int records = 100;
        int seeds = 5_000;
        int size = 10;
        write(records);
        Map<RecordId, Integer> picked = new HashMap<>();
        Map<RecordId, Integer> first = new HashMap<>();
        for (long seed = 0; seed < seeds; seed++) {
            List<RecordId> ids = sample(seed, size, Optional.empty());
            assertThat(ids).hasSize(size).doesNotHaveDuplicates();
            ids.forEach(id -> picked.merge(id, 1, Integer::sum));
            first.merge(ids.getFirst(), 1, Integer::sum);
        }

        // 99 degrees of freedom: above 160 one time in ten thousand.
        assertThat(chiSquare(picked, records, seeds * (double) size / records)).isLessThan(160);
        assertThat(chiSquare(first, records, (double) seeds / records)).isLessThan(160);
    }

    private static double chiSquare(Map<RecordId, Integer> counts, int cells, double expected) {
        double sum = (cells - counts.size()) * expected;
        for (int count : counts.values()) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }

    @Test
    void theSameRecordsGiveTheSameSampleInWhateverRowsTheyAre() {
        write(300);
        List<RecordId> before = sample(42, 25, Optional.empty());
        for (int round = 0; round < 3; round++) {
            for (long id = 0; id < 300; id += 3) {
                upsert(backend, numbered((id * 7) % 300, id));
            }
        }

        assertThat(sample(42, 25, Optional.empty())).isEqualTo(before);
        backend.close();
        backend = backends.open();
        assertThat(sample(42, 25, Optional.empty())).isEqualTo(before);
        assertThat(sample(43, 25, Optional.empty())).isNotEqualTo(before);
    }

    @Test
    void onlyRecordsThatMatchAreInIt() {
        write(50);
        Optional<Filter> odd = Optional.of(new Filter.Equal("marker", Set.of(new IntValue(1))));

        assertThat(sample(1, 10, odd)).hasSize(10).allMatch(id -> id.asUint64() % 2 == 1);
        assertThat(sample(1, 100, odd)).hasSize(25);
    }

    @Test
    void hashesOfIdsOfAllKindsSpreadEvenly() {
        for (int kind = 0; kind < 3; kind++) {
            for (int count : List.of(2, 3, 7, 16)) {
                int[] cells = new int[count];
                int records = 20_000;
                for (int i = 0; i < records; i++) {
                    RecordId id =
                            switch (kind) {
                                case 0 -> RecordId.of(i);
                                case 1 -> RecordId.of(new UUID(0, i));
                                default -> RecordId.of("record-" + i);
                            };
                    for (int index = 0; index < count; index++) {
                        cells[index] += new Slice(index, count).includes(id.toSortKey()) ? 1 : 0;
                    }
                }
                double expected = (double) records / count;
                for (int cell : cells) {
                    assertThat((double) cell)
                            .isBetween(expected - 5 * Math.sqrt(expected), expected + 5 * Math.sqrt(expected));
                }
            }
        }
    }

    @Test
    void hashesNeverChange() {
        assertThat(IdHash.of(RecordId.of(1).toSortKey(), 0)).isEqualTo(-2522503313759661681L);
        assertThat(IdHash.of(RecordId.of("a longer id").toSortKey(), 7)).isEqualTo(-5793851789642083760L);
    }
}
