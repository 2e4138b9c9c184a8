package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.knarr.cli.call.CallFailures;
import io.knarr.cli.call.ClientRecords;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.MalformedInputException;
import io.knarr.cli.format.RecordReader;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.client.IngestOptions;
import io.knarr.client.IngestTotals;
import io.knarr.client.IngestWriter;
import io.knarr.client.KnarrClient;
import io.knarr.client.KnarrException;
import io.knarr.client.RefusedChunk;
import io.knarr.v1.Collection;
import io.knarr.v1.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr ingest}: records from files into a collection, over a stream that goes on where it was. */
@Command(
        name = "ingest",
        description = {
            "Read records from files into a collection, over one stream, and go on where it was when something breaks.",
            "Run it again after it ended early: the same files, read in the same way, go on by themselves."
        },
        footer = {
            "%nFiles are as for 'import'. The ingest's id follows from the collection, the files (their paths, sizes and times) and the options;",
            "--ingest-id names another one. The server remembers an ingest for a day after its last chunk.",
            "A chunk is written whole or not at all. The first that is refused ends it; with --skip-refused those after it go on, and it ends with 5."
        })
final class IngestCommand extends ServerCommand {
    private static final int MAX_BATCH = 10_000;
    private static final int CHUNK_BYTES = 1 << 20;

    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "The files, read in this order.")
    private List<Path> files = new ArrayList<>();

    @Mixin
    private RecordFileOptions reading = new RecordFileOptions();

    @Mixin
    private UpsertModeOption mode = new UpsertModeOption();

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Records per chunk, 1 to 10,000 (default 500); fewer where they are large.")
    private int batchSize = 500;

    @Option(names = "--ingest-id", paramLabel = "UUID", description = "The ingest to begin, or to go on with.")
    private @Nullable UUID ingestId;

    @Option(names = "--skip-refused", description = "Go on after chunks that are refused; each is shown.")
    private boolean skipRefused;

    @Override
    ExitCode run(Connection connection, Output output) throws IOException {
        if (batchSize < 1 || batchSize > MAX_BATCH) {
            throw new CommandFailure(ExitCode.USAGE, "--batch must be 1 to 10000: " + batchSize);
        }
        reading.check(files);
        Collection found = RecordFileOptions.collection(connection, collection);
        UUID id = ingestId == null ? idOf(found) : ingestId;
        IngestOptions options = IngestOptions.STANDARD.id(id).mode(mode.mode()).chunks(batchSize, CHUNK_BYTES);
        if (skipRefused) {
            options = options.goOnAfterRefusal(this::show);
        }
        long startNanos = System.nanoTime();
        try (KnarrClient client = connection.client();
                IngestWriter writer = client.collection(collection)
                        .withIncarnation(UUID.fromString(found.getIncarnation()))
                        .ingest(options)) {
            if (writer.resumedAfter() > 0) {
                notice("Going on after chunk %,d of ingest %s".formatted(writer.resumedAfter(), id));
            }
            try {
                write(writer, found);
            } catch (MalformedInputException e) {
                throw new CommandFailure(ExitCode.FILE, "MALFORMED_INPUT", e.getMessage() + written(writer));
            } catch (NoSuchFileException e) {
                throw new CommandFailure(
                        ExitCode.FILE, "NO_SUCH_FILE", "There is no file " + e.getFile() + written(writer));
            } catch (KnarrException e) {
                CommandFailure failure = CallFailures.of(e, connection.address());
                throw new CommandFailure(failure.exitCode(), failure.reason(), failure.getMessage() + written(writer));
            }
            IngestTotals totals = writer.totals();
            output.object(document(id, writer, totals, (System.nanoTime() - startNanos) / 1e9));
            return totals.refusedChunks() > 0 ? ExitCode.REFUSED : ExitCode.OK;
        } catch (KnarrException e) {
            throw CallFailures.of(e, connection.address());
        }
    }

    private void write(IngestWriter writer, Collection found) throws IOException {
        long numbered = 0;
        long bytesBefore = 0;
        try (Progress progress = Progress.onTerminal("ingest", "bytes", RecordFileOptions.totalBytes(files))) {
            for (Path file : files) {
                try (RecordReader reader = reading.open(file, Optional.of(found), numbered)) {
                    for (Record record = reader.next(); record != null; record = reader.next()) {
                        try {
                            writer.write(ClientRecords.of(record));
                        } catch (IllegalArgumentException e) {
                            throw new MalformedInputException(reader.place(), String.valueOf(e.getMessage()));
                        }
                        numbered++;
                        progress.advanceTo(bytesBefore + reader.bytesRead());
                    }
                    bytesBefore += reader.bytesRead();
                }
            }
            var _ = writer.finish();
        }
    }

    /** The same files, read in the same way into the same life of a collection, are the same ingest. */
    private UUID idOf(Collection found) throws IOException {
        StringBuilder text = new StringBuilder(found.getIncarnation())
                .append(' ')
                .append(mode.mode())
                .append(' ')
                .append(batchSize)
                .append(' ')
                .append(reading);
        for (Path file : files) {
            text.append('\n')
                    .append(file.toAbsolutePath().normalize())
                    .append(' ')
                    .append(Files.size(file))
                    .append(' ')
                    .append(Files.getLastModifiedTime(file));
        }
        return UUID.nameUUIDFromBytes(text.toString().getBytes(UTF_8));
    }

    private void show(RefusedChunk refused) {
        notice("Chunk %,d was refused: %s"
                .formatted(refused.sequence(), refused.reason().getMessage()));
    }

    private static String written(IngestWriter writer) {
        IngestTotals totals = writer.totals();
        return " (%,d records were written before; run it again to go on)"
                .formatted(totals.passedOver() + totals.created() + totals.replaced());
    }

    private JsonObject document(UUID id, IngestWriter writer, IngestTotals totals, double seconds) {
        JsonObject json = new JsonObject();
        json.addProperty("collection", collection);
        json.addProperty("ingest_id", id.toString());
        json.addProperty("resumed_after_chunk", writer.resumedAfter());
        json.addProperty("passed_over", totals.passedOver());
        json.addProperty("created", totals.created());
        json.addProperty("replaced", totals.replaced());
        json.addProperty("chunks", totals.chunks());
        json.addProperty("refused_chunks", totals.refusedChunks());
        json.addProperty("seconds", Math.round(seconds * 1e3) / 1e3);
        return json;
    }
}
