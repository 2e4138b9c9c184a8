package io.knarr.server.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.WriteOptions;

/** Who may open a directory, what is refused at open, and what a hard stop leaves behind. */
@Timeout(120)
class RocksDbDurabilityTest {
    private static final AccountNumber ALPHA = new AccountNumber(1);

    @TempDir
    Path directory;

    @AfterEach
    void nothingNativeIsLeftOpen() {
        assertThat(NativeHandles.openCount()).isZero();
    }

    @Test
    void aSecondAdapterOfThisProcessIsRefused() {
        try (StoreAdapter first = open(directory)) {
            assertThat(refusal(directory))
                    .hasMessageContaining("The store is in use")
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining(
                            "this process, pid " + ProcessHandle.current().pid())
                    .extracting(StoreException::kind)
                    .isEqualTo(Kind.IN_USE);
            write(first, 0, 3);
        }
        assertThat(count(directory)).isEqualTo(3);
    }

    @Test
    void anotherProcessIsRefusedAndTheFirstGoesOn() throws Exception {
        try (StoreAdapter first = open(directory)) {
            FileTime locked = Files.getLastModifiedTime(directory.resolve("LOCK"));

            Process child = StoreChild.start(directory);
            String said;
            try (BufferedReader reader = StoreChild.reader(child)) {
                said = await(reader, "REFUSED ");
            } finally {
                child.destroyForcibly().waitFor();
            }

            assertThat(said)
                    .startsWith("REFUSED IN_USE")
                    .contains(directory.toString())
                    .contains("pid " + ProcessHandle.current().pid());
            assertThat(directory.resolve("LOCK")).exists();
            assertThat(Files.getLastModifiedTime(directory.resolve("LOCK"))).isEqualTo(locked);
            write(first, 0, 3);
            assertThat(refusal(directory).kind()).as("the lock still holds").isEqualTo(Kind.IN_USE);
        }
        assertThat(count(directory)).isEqualTo(3);
    }

    @Test
    void aHolderThatIsNoLongerAliveIsNotNamed() throws Exception {
        try (StoreAdapter first = open(directory)) {
            Files.writeString(
                    directory.resolve("knarr.holder"),
                    "pid=" + ProcessHandle.current().pid() + "\nstarted=2001-01-01T00:00:00Z\ncommand=java\n");
            assertThat(refusal(directory)).hasMessageContaining("holder=unknown");

            Files.writeString(directory.resolve("knarr.holder"), "\\u00zz nonsense");
            assertThat(refusal(directory)).hasMessageContaining("holder=unknown");
            write(first, 0, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 200})
    void whatAKilledProcessAcknowledgedIsThere(int acknowledgements) throws Exception {
        Process child = StoreChild.start(directory);
        int last = -1;
        try (BufferedReader reader = StoreChild.reader(child)) {
            last = number(await(reader, "ACK " + (acknowledgements - 1)));
            assertThat(child.toHandle().destroyForcibly()).isTrue(); // the handle's, which leaves the streams open
            child.waitFor();
            String line;
            while ((line = reader.readLine()) != null) { // what it said while it was dying
                if (line.matches("ACK \\d+")) {
                    last = number(line);
                }
            }
        }

        assertThat(directory.resolve("knarr.holder")).exists();
        try (StoreAdapter store = open(directory)) {
            for (int number = 0; number <= last; number++) {
                assertThat(store.forAccount(StoreChild.ACCOUNT).get(Table.RECORDS, StoreChild.key(number)))
                        .as("acknowledged write %s of %s", number, last)
                        .isEqualTo(StoreChild.key(number));
            }
        }
    }

    @Test
    void aDirectoryOfSomethingElseIsRefusedAndLeftAlone() throws Exception {
        Files.writeString(directory.resolve("thesis.txt"), "three years of work");

        assertThat(refusal(directory))
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("thesis.txt")
                .extracting(StoreException::kind)
                .isEqualTo(Kind.NOT_A_STORE);
        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries).containsExactly(directory.resolve("thesis.txt"));
        }
        assertThat(refusal(directory.resolve("thesis.txt")).kind()).isEqualTo(Kind.NOT_A_STORE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 99, 0, -1})
    void aStoreOfAnotherFormatIsRefused(int version) throws Exception {
        open(directory).close();
        PlainRocksDb.open(directory, (db, families) -> {
            try (WriteOptions options = new WriteOptions().setSync(true)) {
                StoreFormat.write(db, families.get(1), options, version, UUID.randomUUID());
            }
        });

        assertThat(refusal(directory))
                .hasMessageContaining("storeFormat=" + version)
                .hasMessageContaining("ReadableFormat=1")
                .extracting(StoreException::kind)
                .isEqualTo(version > 1 ? Kind.TOO_NEW : Kind.TOO_OLD);
    }

    @Test
    void aStoreWithoutItsFormatIsRefused() throws Exception {
        open(directory).close();
        PlainRocksDb.open(
                directory,
                (db, families) -> db.delete(families.get(1), "format-version".getBytes(StandardCharsets.US_ASCII)));

        assertThat(refusal(directory).kind()).isEqualTo(Kind.CORRUPT);
    }

    /** RocksDB's own default would open here, with everything after the bit silently gone. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFlippedBitInTheLogIsRefused(long seed) throws Exception {
        Path copy = copyOfAStoreWith(200);
        Path walFile = largestLog(copy);
        byte[] bytes = Files.readAllBytes(walFile);
        int position = bytes.length / 4 + new Random(seed).nextInt(bytes.length / 4);
        bytes[position] ^= 1;
        Files.write(walFile, bytes);

        assertThat(refusal(copy))
                .hasMessageContaining(copy.toString())
                .hasMessageContaining("store.accept-loss")
                .extracting(StoreException::kind)
                .isEqualTo(Kind.CORRUPT);

        try (StoreAdapter store = open(acceptingLoss(copy))) {
            assertThat(count(store)).as("seed %s", seed).isBetween(1, 199);
            write(store, 0, 200);
        }
        assertThat(count(copy)).isEqualTo(200);
    }

    /** No mode of RocksDB sees that the end of a log is missing; the watermark does. */
    @ParameterizedTest
    @ValueSource(ints = {0, 30, 90})
    void aLogThatLostItsEndIsRefused(int percentKept) throws Exception {
        Path copy = copyOfAStoreWith(200);
        Path walFile = largestLog(copy);
        byte[] bytes = Files.readAllBytes(walFile);
        Files.write(walFile, Arrays.copyOf(bytes, (int) (bytes.length * (long) percentKept / 100)));

        assertThat(refusal(copy))
                .hasMessageContaining("store.accept-loss")
                .extracting(StoreException::kind)
                .isEqualTo(Kind.CORRUPT);
        try (StoreAdapter store = open(acceptingLoss(copy))) {
            assertThat(count(store)).isLessThan(200);
        }
        assertThat(count(copy)).as("the loss is accepted once and for all").isLessThan(200);
    }

    @Test
    void aLossIsToldInNumbers() throws Exception {
        Path copy = copyOfAStoreWith(50);
        long sequence = Watermark.read(copy.resolve("knarr.watermark")).orElseThrow();
        try (Watermark watermark = Watermark.open(copy.resolve("knarr.watermark"))) {
            watermark.write(sequence + 17);
        }

        assertThat(refusal(copy))
                .hasMessageContaining("Acknowledged writes are missing")
                .hasMessageContaining("acknowledgedSequence=" + (sequence + 17))
                .hasMessageContaining("presentSequence=" + sequence)
                .hasMessageContaining("missing=17");
    }

    @Test
    void aDamagedTableIsAnErrorAndNotAnAbsentKey() throws Exception {
        Path copy = copyOfAStoreWith(200);
        open(copy).close(); // opening moves the log into tables
        Path table;
        try (Stream<Path> files = Files.list(copy)) {
            table = files.filter(file -> file.toString().endsWith(".sst"))
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(table);
        bytes[100] ^= 1;
        Files.write(table, bytes);

        try (StoreAdapter store = open(copy)) {
            assertCorrupt(() -> store.forAccount(ALPHA).get(Table.RECORDS, StoreChild.key(0)));
            assertCorrupt(() -> store.forAccount(ALPHA).getAll(Table.RECORDS, List.of(StoreChild.key(0))));
            assertCorrupt(() -> count(store));
            assertThat(store.isWritable()).isTrue();
        }
    }

    private static void assertCorrupt(Runnable read) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(read::run)
                .extracting(StoreException::kind)
                .isEqualTo(Kind.CORRUPT);
    }

    private Path copyOfAStoreWith(int records) throws IOException {
        Path original = directory.resolve("original");
        try (StoreAdapter store = open(original)) {
            write(store, 0, records);
        }
        Path copy = directory.resolve("copy");
        Files.createDirectory(copy);
        try (Stream<Path> files = Files.list(original)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static Path largestLog(Path store) throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void write(StoreAdapter store, int from, int to) {
        for (int number = from; number < to; number++) {
            byte[] value = new byte[500];
            new Random(number).nextBytes(value);
            store.forAccount(ALPHA).commit(new WriteBatch().put(Table.RECORDS, StoreChild.key(number), value));
        }
    }

    private static int count(Path directory) {
        try (StoreAdapter store = open(directory)) {
            return count(store);
        }
    }

    private static int count(StoreAdapter store) {
        int count = 0;
        try (StoreScan scan = store.forAccount(ALPHA).scan(Table.RECORDS, KeyRange.all())) {
            while (scan.next()) {
                count++;
            }
        }
        return count;
    }

    private static StoreException refusal(Path directory) {
        return assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> open(directory).close())
                .actual();
    }

    private static RocksDbStoreAdapter open(Path directory) {
        return open(RocksDbConfig.defaults(directory));
    }

    private static RocksDbStoreAdapter open(RocksDbConfig config) {
        return RocksDbStoreAdapter.open(config);
    }

    private static RocksDbConfig acceptingLoss(Path directory) {
        RocksDbConfig config = RocksDbConfig.defaults(directory);
        return new RocksDbConfig(
                directory,
                config.blockCacheBytes(),
                config.memtableBytes(),
                config.maxOpenFiles(),
                config.backgroundJobs(),
                true,
                config.sync());
    }

    private static int number(String acknowledgement) {
        return Integer.parseInt(acknowledgement.substring("ACK ".length()));
    }

    private static String await(BufferedReader reader, String prefix) throws IOException {
        String line;
        while ((line = reader.readLine()) != null) {
            if (line.startsWith(prefix)) {
                return line;
            }
        }
        throw new AssertionError("The child ended without saying " + prefix);
    }
}
