package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.PatchRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a write was answered, and when a record expires, survive {@code kill -9}. */
@Timeout(120)
class RepeatedWriteTest {
    private static final String ACCOUNT = "repeated";
    private static final String COLLECTION = "docs";
    private static final long LIFE_SECONDS = 3;

    @TempDir
    private Path directory;

    private static long count(Caller caller) {
        return caller.records(ACCOUNT)
                .countRecords(CountRecordsRequest.newBuilder()
                        .setCollection(COLLECTION)
                        .build())
                .getCount();
    }

    @Test
    void aRequestRepeatedAfterAKillIsAnsweredAsTheFirstTime() throws Exception {
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m");
        UpsertRecordsRequest upsert = Requests.upsert(
                        COLLECTION,
                        Requests.record("a", 1, 2)
                                .putFields("n", Requests.number(1))
                                .build(),
                        Record.newBuilder()
                                .putVectors("default", Requests.vector(3, 4))
                                .build())
                .toBuilder()
                .setRequestId(new UUID(1, 1).toString())
                .build();
        PatchRecordsRequest patch = PatchRecordsRequest.newBuilder()
                .setCollection(COLLECTION)
                .addPatches(RecordPatch.newBuilder().setId(Requests.id("a")).putIncrement("n", Requests.number(1)))
                .setRequestId(new UUID(1, 2).toString())
                .build();
        UpsertRecordsResponse written;
        PatchRecordsResponse patched;
        Instant expires = Instant.now().plusSeconds(LIFE_SECONDS);
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            caller.collections(ACCOUNT).createCollection(Requests.create(COLLECTION, 2));
            written = caller.records(ACCOUNT).upsertRecords(upsert);
            patched = caller.records(ACCOUNT).patchRecords(patch);
            caller.records(ACCOUNT)
                    .upsertRecords(Requests.upsert(
                            COLLECTION,
                            Requests.record("short", 5, 6)
                                    .setExpireTime(Timestamp.newBuilder().setSeconds(expires.getEpochSecond()))
                                    .build()));
            server.killHard();
        }
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            assertThat(caller.records(ACCOUNT).upsertRecords(upsert)).isEqualTo(written);
            assertThat(caller.records(ACCOUNT).patchRecords(patch)).isEqualTo(patched);
            List<Record> records = caller.allRecords(ACCOUNT, COLLECTION);
            assertThat(records.stream().filter(record -> record.getId().equals(Requests.id("a"))))
                    .singleElement()
                    .satisfies(record -> {
                        assertThat(record.getFieldsOrThrow("n")).isEqualTo(Requests.number(2));
                        assertThat(record.getVersion())
                                .isEqualTo(patched.getResults(0).getVersion());
                    });
            while (Instant.now().isBefore(expires)) {
                TimeUnit.MILLISECONDS.sleep(20); // the wall clock of the server is the machine's
            }
            assertThat(count(caller))
                    .as("the record that lived for some seconds is gone")
                    .isEqualTo(2);
        }
    }
}
