package io.knarr.server.store;

import io.knarr.server.model.AccountNumber;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What a store should hold, in plain sorted maps over hexadecimal keys; slow, and too simple to be wrong. */
final class StoreModel {
    private static final List<Table> TABLES = List.of(Table.values());

    private record Place(AccountNumber account, Table table) {}

    private final Map<Place, TreeMap<String, String>> places = new HashMap<>();

    void apply(AccountNumber account, WriteBatch batch) {
        for (WriteBatch.Change change : batch.changes()) {
            TreeMap<String, String> place =
                    places.computeIfAbsent(new Place(account, change.table()), absent -> new TreeMap<>());
            switch (change) {
                case WriteBatch.Put put ->
                    place.put(
                            HexFormat.of().formatHex(put.key()), HexFormat.of().formatHex(put.value()));
                case WriteBatch.Delete delete -> place.remove(HexFormat.of().formatHex(delete.key()));
                case WriteBatch.DeleteRange deleteRange ->
                    place.keySet()
                            .removeIf(key ->
                                    deleteRange.range().contains(HexFormat.of().parseHex(key)));
            }
        }
    }

    Map<String, String> contents(AccountNumber account, Table table, KeyRange range) {
        Map<String, String> contents = new TreeMap<>(places.getOrDefault(new Place(account, table), new TreeMap<>()));
        contents.keySet().removeIf(key -> !range.contains(HexFormat.of().parseHex(key)));
        return contents;
    }

    static WriteBatch randomBatch(Random random) {
        WriteBatch batch = new WriteBatch();
        int changes = random.nextInt(8);
        for (int change = 0; change < changes; change++) {
            Table table = randomTable(random);
            switch (random.nextInt(10)) {
                case 0 -> batch.deleteRange(table, randomRange(random));
                case 1, 2 -> batch.delete(table, randomKey(random));
                default -> batch.put(table, randomKey(random), randomValue(random));
            }
        }
        return batch;
    }

    static Table randomTable(Random random) {
        return TABLES.get(random.nextInt(TABLES.size()));
    }

    static KeyRange randomRange(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> KeyRange.all();
            case 1 -> KeyRange.all().after(randomKey(random));
            case 2, 3 -> KeyRange.startingWith(randomKey(random)).after(randomKey(random));
            default -> KeyRange.startingWith(randomKey(random));
        };
    }

    /** Few different keys, many of them at the edges of the byte. */
    private static byte[] randomKey(Random random) {
        byte[] bytes = {0, 1, 0x7f, (byte) 0x80, (byte) 0xfe, (byte) 0xff};
        byte[] key = new byte[random.nextInt(4)];
        for (int index = 0; index < key.length; index++) {
            key[index] = bytes[random.nextInt(bytes.length)];
        }
        return key;
    }

    private static byte[] randomValue(Random random) {
        byte[] value = new byte[random.nextInt(20)];
        random.nextBytes(value);
        return value;
    }
}
