package io.knarr.server.store.rocksdb;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process of its own that opens a store: {@code StoreChild DIRECTORY}. Writes one key after another and says so, until it is killed. */
final class StoreChild {
    static final AccountNumber ACCOUNT = new AccountNumber(11);

    private StoreChild() {}

    @SuppressWarnings("SystemOut") // how it speaks to its parent
    public static void main(String[] arguments) {
        try (StoreAdapter store = RocksDbStoreAdapter.open(RocksDbConfig.defaults(Path.of(arguments[0])))) {
            System.out.println("OPEN");
            for (int number = 0; number < 1_000_000; number++) {
                store.forAccount(ACCOUNT).commit(new WriteBatch().put(Table.RECORDS, key(number), key(number)));
                System.out.println("ACK " + number);
            }
        } catch (StoreException e) {
            System.out.println("REFUSED " + e.kind() + " " + e.getMessage());
        }
    }

    static byte[] key(int number) {
        return "key-%07d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    static Process start(Path directory) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoreChild.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Returns the reader of what a child says; skips what its log says. */
    static BufferedReader reader(Process child) {
        return new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
    }
}
