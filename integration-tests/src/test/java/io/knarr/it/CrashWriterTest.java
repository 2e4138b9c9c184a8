package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.v1.Record;
import io.knarr.v1.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judge of the crash tests, judged: each kind of damage is planted once and must be found, and what is right must pass. */
class CrashWriterTest {
    @TempDir
    Path directory;

    private CrashWriter writer;
    private List<Record> stored = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        writer = new CrashWriter(3, "account", 11, directory.resolve("log"));
        for (int call = 0; call < 60; call++) {
            writer.pretendAcknowledged();
        }
        writer.expected().forEach((id, call) -> stored.add(CrashWriter.record(id, call)));
        assertThat(stored).hasSizeGreaterThan(20);
    }

    @AfterEach
    void close() throws IOException {
        writer.close();
    }

    @Test
    void whatWasAcknowledgedPasses() {
        assertThat(writer.check(stored)).isEmpty();
    }

    @Test
    void aMissingRecordIsLost() {
        stored.remove(7);
        assertFound(Finding.Kind.LOST);
    }

    @Test
    void anOlderVersionIsLost() {
        Map.Entry<Long, Long> written = lastWritten();
        stored.removeIf(record -> record.getId().getUint64Id() == written.getKey());
        stored.add(CrashWriter.record(written.getKey(), written.getValue() - 1));
        assertFound(Finding.Kind.LOST);
    }

    @Test
    void aVersionThatNobodyWroteIsAGhost() {
        Map.Entry<Long, Long> written = lastWritten();
        stored.removeIf(record -> record.getId().getUint64Id() == written.getKey());
        stored.add(CrashWriter.record(written.getKey(), 1_000));
        assertFound(Finding.Kind.GHOST);
    }

    @Test
    void aRecordThatNobodyWroteIsAGhost() {
        stored.add(CrashWriter.record((3L << 40) | 999_999, 5));
        assertFound(Finding.Kind.GHOST);
    }

    @Test
    void anAlteredRecordIsCorrupt() {
        Record altered = stored.removeFirst();
        stored.add(altered.toBuilder()
                .putFields("payload", Value.newBuilder().setStringValue("else").build())
                .build());
        assertFound(Finding.Kind.CORRUPT);
    }

    @Test
    void aDeletedRecordThatIsThereIsRevived() {
        long deleted = writer.deleted().keySet().stream()
                .filter(id -> !writer.expected().containsKey(id))
                .findFirst()
                .orElseThrow();
        stored.add(CrashWriter.record(deleted, 1));
        assertFound(Finding.Kind.REVIVED);
    }

    @Test
    void aPartOfABatchIsTorn() {
        stored = merged(stored, writer.pretendCutOff().subList(0, 1));
        assertThat(writer.check(stored)).extracting(Finding::kind).contains(Finding.Kind.TORN);
    }

    @Test
    void aWholeBatchInDoubtPasses() {
        stored = merged(stored, writer.pretendCutOff());
        assertThat(writer.check(stored)).isEmpty();
    }

    @Test
    void noneOfABatchInDoubtPasses() {
        assertThat(writer.pretendCutOff()).hasSizeGreaterThan(1);
        assertThat(writer.check(stored)).isEmpty();
    }

    private Map.Entry<Long, Long> lastWritten() {
        return writer.expected().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow();
    }

    private void assertFound(Finding.Kind kind) {
        assertThat(writer.check(stored)).extracting(Finding::kind).containsExactly(kind);
    }

    /** Returns the records with some of them written anew. */
    private static List<Record> merged(List<Record> records, List<Record> newer) {
        List<Record> all = new ArrayList<>(newer);
        records.stream()
                .filter(record ->
                        newer.stream().noneMatch(other -> other.getId().equals(record.getId())))
                .forEach(all::add);
        return all;
    }
}
