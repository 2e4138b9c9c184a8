package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.StatusRuntimeException;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes until the server is gone, and remembers what it tried and what was acknowledged.
 *
 * <p>It is its ids' only writer: ids are {@code client << 40 | n}. Each call is logged as {@code TRY call id crc} (or {@code TRY call id
 * delete}) lines before it is sent and as {@code ACK call} after it was answered, to a file that lies outside of whatever is faulted.
 * The call that was under way when the server went is in doubt until the next {@link #check} sees what came of it: all of it or nothing.
 *
 * <p>One thread at a time.
 */
final class CrashWriter implements AutoCloseable {
    static final String COLLECTION = "crash";
    static final int DIMENSION = 16;

    private static final int MAX_LIVE = 400;
    private static final int MAX_BATCH = 40;
    private static final int MAX_EXAMPLES = 20;

    /**
     * One call.
     *
     * @param number the call's number, which every record it writes carries
     * @param effects what each id is afterwards: the number of the call that wrote it, or empty if it is deleted
     */
    private record Call(long number, Map<Long, Optional<Long>> effects) {}

    private final int client;
    private final String account;
    private final SplittableRandom random;
    private final BufferedWriter log;
    // What must be there: id to the number of the call that wrote it last.
    private final TreeMap<Long, Long> expected = new TreeMap<>();
    // Calls by number whose outcome was a failure and that were seen not to have happened, and ids whose delete was
    // acknowledged.
    private final Map<Long, Long> deleted = new LinkedHashMap<>();
    private @Nullable Call inDoubt;
    private long nextId;
    private long nextCall = 1;
    private long acknowledged;
    private long lateAcks;

    CrashWriter(int client, String account, long seed, Path logFile) throws IOException {
        this.client = client;
        this.account = account;
        this.random = new SplittableRandom(seed * 31 + client);
        this.log = Files.newBufferedWriter(logFile, UTF_8, StandardOpenOption.CREATE_NEW);
    }

    String account() {
        return account;
    }

    /** Returns how many calls were acknowledged so far. */
    long acknowledged() {
        return acknowledged;
    }

    /**
     * Writes until a call fails.
     *
     * @param faulted whether the fault has begun; a call that fails before is a finding
     * @param lateAcksCount whether what is acknowledged after that counts. Not for a simulated power cut: a machine without power
     *     acknowledges nothing, while here the server lives on for a moment on a file system that is gone. Such a call is in doubt
     */
    Optional<Finding> writeUntilFailure(Caller caller, BooleanSupplier faulted, boolean lateAcksCount) {
        while (true) {
            Call call = nextCall();
            tell(call);
            inDoubt = call;
            try {
                send(caller, call);
            } catch (StatusRuntimeException e) {
                return faulted.getAsBoolean()
                        ? Optional.empty()
                        : Optional.of(new Finding(
                                Finding.Kind.FAILED_CALL, "client=%d, status=%s".formatted(client, e.getStatus())));
            }
            if (!lateAcksCount && faulted.getAsBoolean()) {
                tell("LATE " + call.number);
                lateAcks++;
                return Optional.empty();
            }
            tell("ACK " + call.number);
            acknowledged++;
            inDoubt = null;
            apply(call);
        }
    }

    /** Returns how many calls were acknowledged after the fault had begun, and are in doubt for that. */
    long lateAcks() {
        return lateAcks;
    }

    /** Acts as if a call had been acknowledged, for tests of the comparison itself. */
    void pretendAcknowledged() {
        Call call = nextCall();
        tell(call);
        acknowledged++;
        apply(call);
    }

    /** Acts as if the server had gone while it did a call that writes several records; returns these. For tests of the comparison. */
    List<Record> pretendCutOff() {
        Call call = nextCall();
        while (call.effects.size() < 2 || call.effects.values().stream().anyMatch(Optional::isEmpty)) {
            call = nextCall();
        }
        inDoubt = call;
        long number = call.number;
        return call.effects.keySet().stream().map(id -> record(id, number)).toList();
    }

    /** Returns the ids whose delete was acknowledged. */
    Map<Long, Long> deleted() {
        return deleted;
    }

    private void apply(Call call) {
        call.effects.forEach((id, written) -> {
            if (written.isPresent()) {
                expected.put(id, written.get());
            } else {
                expected.remove(id);
                deleted.put(id, call.number);
            }
        });
    }

    private Call nextCall() {
        long number = nextCall++;
        Map<Long, Optional<Long>> effects = new LinkedHashMap<>();
        int roll = expected.size() >= MAX_LIVE ? 90 : random.nextInt(100);
        if (roll < 50) { // a batch of new records
            int size = 2 + random.nextInt(MAX_BATCH - 1);
            for (int i = 0; i < size; i++) {
                effects.put(newId(), Optional.of(number));
            }
        } else if (roll < 75 || expected.isEmpty()) { // one record, new or again
            effects.put(expected.isEmpty() || random.nextBoolean() ? newId() : existing(), Optional.of(number));
        } else if (roll < 85) { // a batch that replaces and adds
            for (int i = 0; i < 10; i++) {
                effects.put(random.nextBoolean() ? existing() : newId(), Optional.of(number));
            }
        } else { // a delete of several
            int size = 1 + random.nextInt(expected.size() >= MAX_LIVE ? 120 : 10);
            for (int i = 0; i < size; i++) {
                effects.put(existing(), Optional.empty());
            }
        }
        return new Call(number, effects);
    }

    private long newId() {
        return ((long) client << 40) | nextId++;
    }

    private long existing() {
        long last = expected.lastKey();
        long first = expected.firstKey();
        Long id = expected.ceilingKey(first + random.nextLong(last - first + 1));
        return id == null ? last : id;
    }

    private void send(Caller caller, Call call) {
        List<Record> records = new ArrayList<>();
        List<RecordId> removals = new ArrayList<>();
        call.effects.forEach((id, written) -> {
            if (written.isPresent()) {
                records.add(record(id, call.number));
            } else {
                removals.add(RecordId.newBuilder().setUint64Id(id).build());
            }
        });
        if (removals.isEmpty()) {
            caller.records(account)
                    .upsertRecords(UpsertRecordsRequest.newBuilder()
                            .setCollection(COLLECTION)
                            .addAllRecords(records)
                            .build());
        } else {
            caller.records(account)
                    .deleteRecords(DeleteRecordsRequest.newBuilder()
                            .setCollection(COLLECTION)
                            .addAllIds(removals)
                            .build());
        }
    }

    static Record record(long id, long call) {
        String payload = payload(id, call);
        Vector.Builder vector = Vector.newBuilder();
        for (float value : vector(id, call)) {
            vector.addValues(value);
        }
        return Record.newBuilder()
                .setId(RecordId.newBuilder().setUint64Id(id))
                .putFields("call", Value.newBuilder().setInt64Value(call).build())
                .putFields("crc", Value.newBuilder().setInt64Value(crc(payload)).build())
                .putFields("payload", Value.newBuilder().setStringValue(payload).build())
                .putVectors("default", vector.build())
                .build();
    }

    /** Returns the vector that a call writes for an id. Both are in its seed, so a mixture is seen. */
    static float[] vector(long id, long call) {
        SplittableRandom random = new SplittableRandom(id * 0x9E3779B97F4A7C15L + call);
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextDouble(-1, 1);
        }
        return vector;
    }

    private static String payload(long id, long call) {
        SplittableRandom random = new SplittableRandom(id + call * 0xBF58476D1CE4E5B9L);
        int length = 20 + random.nextInt(300);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    private static long crc(String payload) {
        CRC32 crc = new CRC32();
        crc.update(payload.getBytes(UTF_8));
        return crc.getValue();
    }

    private void tell(Call call) {
        call.effects.forEach((id, written) -> tell("TRY %d %d %s"
                .formatted(
                        call.number,
                        id,
                        written.isPresent() ? Long.toHexString(crc(payload(id, call.number))) : "delete")));
        try {
            log.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void tell(String line) {
        try {
            log.write(line);
            log.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether this client wrote the id. */
    boolean owns(long id) {
        return id >>> 40 == client;
    }

    /** Returns what must be there: id to the number of the call that wrote it last. */
    Map<Long, Long> expected() {
        return expected;
    }

    /**
     * Compares what a restarted server holds of this client's records with what it must hold, and settles the call in doubt.
     *
     * @param records all records of the account's collection; those of other clients are passed over
     */
    List<Finding> check(List<Record> records) {
        List<Finding> findings = new ArrayList<>();
        Map<Long, Long> found = new TreeMap<>();
        for (Record record : records) {
            long id = record.getId().getUint64Id();
            if (!owns(id)) {
                continue;
            }
            long call = record.getFieldsMap()
                    .getOrDefault("call", Value.getDefaultInstance())
                    .getInt64Value();
            found.put(id, call);
            if (!intact(record, id, call)) {
                findings.add(new Finding(Finding.Kind.CORRUPT, "id=%x, call=%d".formatted(id, call)));
            }
        }
        settle(found, findings);
        compare(found, findings);
        return findings.size() <= MAX_EXAMPLES ? findings : findings.subList(0, MAX_EXAMPLES);
    }

    private static boolean intact(Record record, long id, long call) {
        Record written = record(id, call);
        return record.getFieldsMap().equals(written.getFieldsMap())
                && record.getVectorsMap().equals(written.getVectorsMap());
    }

    private void settle(Map<Long, Long> found, List<Finding> findings) {
        Call call = inDoubt;
        inDoubt = null;
        if (call == null) {
            return;
        }
        int done = 0;
        for (Map.Entry<Long, Optional<Long>> effect : call.effects.entrySet()) {
            Optional<Long> now = Optional.ofNullable(found.get(effect.getKey()));
            done += now.equals(effect.getValue()) ? 1 : 0;
        }
        if (done == call.effects.size()) {
            apply(call);
        } else if (done > 0) {
            findings.add(new Finding(
                    Finding.Kind.TORN,
                    "client=%d, call=%d, records=%d, done=%d"
                            .formatted(client, call.number, call.effects.size(), done)));
        }
    }

    private void compare(Map<Long, Long> found, List<Finding> findings) {
        expected.forEach((id, call) -> {
            Long there = found.get(id);
            if (there == null || there < call) {
                findings.add(new Finding(
                        Finding.Kind.LOST, "id=%x, acknowledged_call=%d, there=%s".formatted(id, call, there)));
            } else if (there > call) {
                findings.add(new Finding(Finding.Kind.GHOST, "id=%x, call=%d, there=%d".formatted(id, call, there)));
            }
        });
        found.forEach((id, there) -> {
            if (expected.containsKey(id)) {
                return;
            }
            Long delete = deleted.get(id);
            findings.add(
                    delete == null
                            ? new Finding(Finding.Kind.GHOST, "id=%x, there=%d".formatted(id, there))
                            : new Finding(
                                    Finding.Kind.REVIVED,
                                    "id=%x, there=%d, deleted_by_call=%d".formatted(id, there, delete)));
        });
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
