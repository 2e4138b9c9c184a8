package io.knarr.server.index;

import static io.knarr.server.index.TestBackends.COLLECTION;
import static io.knarr.server.index.TestBackends.NO_DEADLINE;
import static io.knarr.server.index.TestBackends.codeOf;
import static io.knarr.server.index.TestBackends.count;
import static io.knarr.server.index.TestBackends.draft;
import static io.knarr.server.index.TestBackends.marker;
import static io.knarr.server.index.TestBackends.numbered;
import static io.knarr.server.index.TestBackends.schema;
import static io.knarr.server.index.TestBackends.search;
import static io.knarr.server.index.TestBackends.upsert;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.RequestKey;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.FaultyStoreAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When an image serves, when it must not, and what a crash between the steps of writing one leaves. */
@Timeout(120)
class CollectionImageTest {
    private final FaultyStoreAdapter store = new FaultyStoreAdapter(new InMemoryStoreAdapter());

    @TempDir
    private Path directory;

    private TestBackends backends = new TestBackends(store);
    private AccountBackend backend = backends.openWithCollection();

    @BeforeEach
    void openWithImages() {
        backend.close();
        backends.close();
        backends = new TestBackends(store, IndexImages.in(directory));
        backend = backends.open();
    }

    @AfterEach
    void close() {
        backend.close();
        backends.close();
        store.close();
    }

    private void reopen() {
        backend.close();
        backend = backends.open();
    }

    private Path image() {
        return directory.resolve("7").resolve("1.img");
    }

    /** Returns whether the collection, as it is on disk now, would come from its image. */
    private boolean comesFromImage() {
        Collection collection = backend.collection(COLLECTION);
        LoadedRows rows = new CollectionLoader(
                        collection, backends.view(), IndexImages.in(directory).forAccount(new AccountNumber(7)))
                .load();
        rows.table().release();
        return rows.lineage() != LoadedRows.NO_JOURNAL;
    }

    private int journalLength() {
        int entries = 0;
        try (StoreScan scan = backends.view().scan(Table.SNAPSHOTS, KeyRange.all())) {
            while (scan.next()) {
                entries++;
            }
        }
        return entries;
    }

    private static RecordDraft[] records(int from, int to, long marker) {
        return IntStream.range(from, to).mapToObj(id -> numbered(id, marker)).toArray(RecordDraft[]::new);
    }

    private static long countMarked(AccountBackend backend, long marker) {
        Filter filter = new Filter.Equal("marker", Set.of(new IntValue(marker)));
        return backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE);
    }

    private void requireMarkers(long marked0, long marked1) {
        assertThat(count(backend)).isEqualTo(marked0 + marked1);
        assertThat(search(backend, 2_000).stream()
                        .filter(hit -> marker(hit.record()).equals(new IntValue(1)))
                        .count())
                .isEqualTo(marked1);
        assertThat(countMarked(backend, 0)).isEqualTo(marked0);
        assertThat(countMarked(backend, 1)).isEqualTo(marked1);
    }

    @Test
    void aCommitThatOnlyKeepsAnAnswerLeavesTheJournalWhole() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(5, 10, 1));
        WriteTerms named = new WriteTerms(
                Optional.empty(), List.of(), Optional.of(new RequestKey(new UUID(1, 1), new UUID(2, 2))));

        backend.delete(COLLECTION, named, List.of(RecordId.of(99L)), NO_DEADLINE);

        assertThat(comesFromImage()).isTrue();
        reopen();
        requireMarkers(15, 5);
    }

    @Test
    void anImageAndTheJournalGiveThePresent() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        assertThat(journalLength()).isZero();
        upsert(backend, records(5, 10, 1));
        upsert(backend, records(30, 32, 1));
        backend.delete(COLLECTION, WriteTerms.NONE, List.of(RecordId.of(0L), RecordId.of(31L)), NO_DEADLINE);
        assertThat(journalLength()).isEqualTo(3);

        assertThat(comesFromImage()).isTrue();
        reopen();
        requireMarkers(14, 6);
        upsert(backend, records(10, 11, 1));
        requireMarkers(13, 7);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        assertThat(journalLength()).isZero();
        reopen();
        requireMarkers(13, 7);
        assertThat(comesFromImage()).isTrue();
    }

    @Test
    void withoutAnImageThereIsNoJournal() {
        upsert(backend, records(0, 20, 0));
        assertThat(journalLength()).isZero();
        assertThat(comesFromImage()).isFalse();
        reopen();
        requireMarkers(20, 0);
    }

    @Test
    void fieldsOfAnImagesRowsAreReadWhileWritersGoOn() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        reopen();
        upsert(backend, records(0, 3, 1));
        assertThat(countMarked(backend, 1)).isEqualTo(3);
        upsert(backend, records(3, 4, 1));
        assertThat(countMarked(backend, 1)).isEqualTo(4);
        assertThat(countMarked(backend, 0)).isEqualTo(16);
    }

    @Test
    void filtersOfAColdCollectionReadNoRecords() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        byte[] key = IndexKeys.record(1, RecordId.of(5L));
        byte[] bad = requireNonNull(backends.view().get(Table.RECORDS, key)).clone();
        bad[bad.length - 1] ^= 1;
        backend.close();
        backends.view().commit(new WriteBatch().put(Table.RECORDS, key, bad));
        backend = backends.open();
        assertThat(countMarked(backend, 0)).isEqualTo(20);
        assertThat(codeOf(() -> search(backend, 20))).isEqualTo(ErrorCode.RECORD_CORRUPT);
    }

    @Test
    void damagedFieldsAreFoundByTheFilterAndTheRecordsAnswer() throws IOException {
        upsert(backend, records(0, 20, 0));
        upsert(
                backend,
                IntStream.range(0, 5)
                        .mapToObj(id -> draft(RecordId.of(id), Map.of("name", new StringValue("needle" + id)), 1f))
                        .toArray(RecordDraft[]::new));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backend.close();
        byte[] bytes = Files.readAllBytes(image());
        bytes[new String(bytes, ISO_8859_1).indexOf("needle")] ^= 1;
        Files.write(image(), bytes);
        backend = backends.open();
        assertThat(comesFromImage()).isTrue();
        Filter filter = new Filter.Equal("name", Set.of(new StringValue("needle3")));
        assertThat(backend.count(COLLECTION, Optional.of(filter), NO_DEADLINE)).isEqualTo(1);
        assertThat(Files.exists(image())).isFalse();
    }

    @Test
    void aServerThatKeepsNoJournalLeavesAGapThatIsSeen() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(0, 1, 1));
        backend.close();
        try (TestBackends old = new TestBackends(store)) {
            AccountBackend other = old.open();
            backends.view()
                    .commit(new WriteBatch()
                            .deleteRange(Table.SNAPSHOTS, IndexKeys.journalUpTo(1, Long.MAX_VALUE - 1)));
            upsert(other, records(1, 2, 1));
            other.close();
        }
        backend = backends.open();

        assertThat(comesFromImage()).isFalse();
        requireMarkers(18, 2);
    }

    @Test
    void aMissingEntryInTheMiddleIsAGap() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(0, 1, 1));
        upsert(backend, records(1, 2, 1));
        upsert(backend, records(2, 3, 1));
        backends.view().commit(new WriteBatch().delete(Table.SNAPSHOTS, IndexKeys.journal(1, 3)));

        assertThat(comesFromImage()).isFalse();
        reopen();
        requireMarkers(17, 3);
    }

    @Test
    void anEntryOfAnotherLineageIsAGap() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        byte[] first = Files.readAllBytes(image());
        upsert(backend, records(0, 1, 1));
        // The journal begins anew, at the image's own sequence: only the lineage tells.
        backends.view()
                .commit(new WriteBatch()
                        .put(
                                Table.SNAPSHOTS,
                                IndexKeys.journal(1, 2),
                                Journal.encode(12345, 1, List.of(RecordId.of(7L)))));
        assertThat(comesFromImage()).isFalse();
        Files.write(image(), first);
        reopen();
        requireMarkers(19, 1);
    }

    @Test
    void anImageNewerThanTheStoreIsRefused() {
        upsert(backend, records(0, 20, 0));
        upsert(backend, records(0, 1, 1));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backends.view()
                .commit(new WriteBatch()
                        .put(Table.CATALOG, IndexKeys.sequence(1), new byte[] {0, 0, 0, 0, 0, 0, 0, 1})
                        .deleteRange(Table.RECORDS, IndexKeys.records(1)));
        assertThat(comesFromImage()).isFalse();
        reopen();
        assertThat(count(backend)).isZero();
    }

    @Test
    void aCrashBeforeTheNewImageHasItsNameLeavesTheOldOne() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(0, 2, 1));
        Files.write(image().resolveSibling("1.img.tmp"), new byte[100]);

        reopen();
        assertThat(comesFromImage()).isTrue();
        requireMarkers(18, 2);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        assertThat(Files.exists(image().resolveSibling("1.img.tmp"))).isFalse();
    }

    @Test
    void aCrashBeforeTheNewNameIsDurableBringsTheOldOneBack() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        byte[] before = Files.readAllBytes(image());
        upsert(backend, records(0, 2, 1));
        store.failBefore(1, Kind.DISK_FULL); // the journal is not cut
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(2, 3, 1));
        backend.close();
        Files.write(image(), before);

        backend = backends.open();
        assertThat(comesFromImage()).isTrue();
        requireMarkers(17, 3);
    }

    @Test
    void aCrashBeforeTheJournalIsCutLeavesEntriesThatNobodyReads() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(0, 2, 1));
        store.failBefore(1, Kind.DISK_FULL);
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        assertThat(journalLength()).isEqualTo(1);

        reopen();
        assertThat(comesFromImage()).isTrue();
        requireMarkers(18, 2);
        upsert(backend, records(2, 3, 1));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        assertThat(journalLength()).isZero();
    }

    @Test
    void anImageThatCannotBeWrittenHurtsNobody() throws IOException {
        upsert(backend, records(0, 20, 0));
        Files.writeString(directory.resolve("7"), "in the way");

        assertThat(backend.writeImage(COLLECTION)).isFalse();
        upsert(backend, records(0, 2, 1));
        requireMarkers(18, 2);
        reopen();
        requireMarkers(18, 2);
    }

    @Test
    void aDamagedVectorIsFoundByTheSearchAndTheRecordsAnswer() throws IOException {
        damagedAtTheEnd();

        requireMarkers(20, 0);
        assertThat(comesFromImage()).isFalse();
        assertThat(Files.exists(image())).isFalse();
    }

    @Test
    void aWriteAfterDamageIsWrittenOnce() throws IOException {
        damagedAtTheEnd();

        upsert(backend, records(0, 3, 1));
        requireMarkers(17, 3);
    }

    /** Flips a bit of the last section's bytes, the float32 components, which nobody looks at while the image is opened. */
    private void damagedAtTheEnd() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        backend.close();
        byte[] bytes = Files.readAllBytes(image());
        int last = bytes.length - 1;
        byte[] one = {0, 0, (byte) 0x80, 0x3f};
        while (bytes[last - 3] != one[0]
                || bytes[last - 2] != one[1]
                || bytes[last - 1] != one[2]
                || bytes[last] != one[3]) {
            last--;
        }
        bytes[last] ^= 1;
        Files.write(image(), bytes);
        backend = backends.open();
        assertThat(comesFromImage()).isTrue();
    }

    @Test
    void aDeletedCollectionTakesItsImageAndJournalAlong() {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        upsert(backend, records(0, 2, 1));
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);

        assertThat(journalLength()).isZero();
        assertThat(Files.exists(image())).isFalse();
        backend.createCollection(COLLECTION, schema(1, Metric.DOT), NO_DEADLINE);
        assertThat(count(backend)).isZero();
    }

    @Test
    void anotherLifeOfTheNumberDoesNotTakeTheImage() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        byte[] first = Files.readAllBytes(image());
        backend.deleteCollection(COLLECTION, Optional.empty(), NO_DEADLINE);
        backend.createCollection(COLLECTION, schema(1, Metric.DOT), NO_DEADLINE);
        upsert(backend, records(0, 1, 1));
        Files.write(image().resolveSibling("2.img"), first);

        assertThat(comesFromImage()).isFalse();
        reopen();
        requireMarkers(0, 1);
    }

    @Test
    void orphansAreSweptWhenTheAccountIsOpened() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        Path orphan = Files.write(image().resolveSibling("99.img"), new byte[10]);
        Path stray = Files.write(image().resolveSibling("x"), new byte[10]);

        reopen();
        assertThat(orphan).doesNotExist();
        assertThat(stray).doesNotExist();
        assertThat(image()).exists();
    }

    @Test
    void imagesOfAccountsThatDoNotExistAreSwept() throws IOException {
        upsert(backend, records(0, 20, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();
        Files.createDirectories(directory.resolve("8"));
        Files.write(directory.resolve("8").resolve("1.img"), new byte[10]);
        IndexImages images = IndexImages.in(directory);

        images.keepOnly(() -> Set.of(7L));
        assertThat(directory.resolve("8")).doesNotExist();
        assertThat(image()).exists();
        images.drop(new AccountNumber(7));
        assertThat(directory.resolve("7")).doesNotExist();
    }

    @Test
    void aLargeCollectionGetsItsImageByItself() throws Exception {
        for (int from = 0; from < 6_000; from += 1_000) {
            upsert(backend, records(from, from + 1_000, 0));
        }
        backends.awaitBackground();
        assertThat(image()).exists();
        upsert(backend, records(0, 600, 1));
        reopen();
        backends.awaitBackground();
        assertThat(journalLength())
                .as("an image was written when it was let go")
                .isZero();
        assertThat(comesFromImage()).isTrue();
        assertThat(countMarked(backend, 1)).isEqualTo(600);
    }

    @Test
    void aCollectionThatShrankStillGetsItsJournalCut() throws Exception {
        for (int from = 0; from < 6_000; from += 1_000) {
            upsert(backend, records(from, from + 1_000, 0));
        }
        backends.awaitBackground();
        backend.delete(
                COLLECTION,
                WriteTerms.NONE,
                IntStream.range(1, 6_000).mapToObj(id -> RecordId.of((long) id)).toList(),
                NO_DEADLINE);
        reopen();
        backends.awaitBackground();

        assertThat(journalLength()).isZero();
        requireMarkers(1, 0);
    }

    @Test
    void theDeadAreLeftBehindInTheBackground() throws Exception {
        for (int round = 0; round < 4; round++) {
            upsert(backend, records(0, 1_000, round % 2));
        }
        backends.awaitBackground();
        upsert(backend, records(0, 10, 0));
        assertThat(backend.writeImage(COLLECTION)).isTrue();

        requireMarkers(10, 990);
        CollectionImage image = CollectionImage.open(image(), backend.collection(COLLECTION));
        assertThat(image.table().rowCount()).isLessThan(2_100);
        assertThat(image.table().liveCount()).isEqualTo(1_000);
        image.table().release();
        reopen();
        requireMarkers(10, 990);
    }
}
