package io.knarr.cli;

import com.google.gson.JsonObject;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.cli.call.CallFailures;
import io.knarr.cli.call.Connection;
import io.knarr.cli.call.RecordWriter;
import io.knarr.cli.format.MalformedInputException;
import io.knarr.cli.format.RecordReader;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.Collection;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSpec;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr import}: records from a file into a collection. */
@Command(
        name = "import",
        description =
                "Read records from files into a collection. Nothing is skipped: a record that cannot be used ends it.",
        footer = {
            "%nJSON lines: {\"id\": 7, \"fields\": {\"year\": 2020}, \"vector\": [0.1, 0.2]}; docs/CLI.md has all of it.",
            "Ids come from the lines, or run from --id-start; files of nothing but vectors count from 0 without it.",
            "When it fails, the records before the failing batch are in the collection: the message says how many."
        })
final class ImportCommand extends ServerCommand {
    private static final int MAX_BATCH = 10_000;

    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "The files, read in this order.")
    private List<Path> files = new ArrayList<>();

    @Mixin
    private RecordFileOptions reading = new RecordFileOptions();

    @Mixin
    private UpsertModeOption mode = new UpsertModeOption();

    @Option(names = "--batch", paramLabel = "N", description = "Records per call, 1 to 10,000 (default 500).")
    private int batchSize = 500;

    @Option(names = "--create", description = "Create the collection, as the first record is, if there is none.")
    private boolean create;

    @Option(names = "--metric", paramLabel = "METRIC", description = "The metric of a collection made by --create.")
    private String metric = "cosine";

    private long numbered;

    @Override
    ExitCode run(Connection connection, Output output) throws IOException {
        checkOptions();
        Optional<Collection> existing = existing(connection);
        RecordWriter writer = new RecordWriter(connection, collection, batchSize, mode.wireMode());
        long startNanos = System.nanoTime();
        try (Progress progress = Progress.onTerminal("import", "bytes", RecordFileOptions.totalBytes(files))) {
            long bytesBefore = 0;
            for (Path file : files) {
                try (RecordReader reader = reading.open(file, existing, numbered)) {
                    for (Record record = reader.next(); record != null; record = reader.next()) {
                        if (existing.isEmpty()) {
                            existing = Optional.of(created(connection, record));
                        }
                        writer.write(record);
                        numbered++;
                        progress.advanceTo(bytesBefore + reader.bytesRead());
                    }
                    bytesBefore += reader.bytesRead();
                }
            }
            writer.flush();
        } catch (MalformedInputException e) {
            throw new CommandFailure(ExitCode.FILE, "MALFORMED_INPUT", e.getMessage() + written(writer));
        } catch (NoSuchFileException e) {
            throw new CommandFailure(
                    ExitCode.FILE, "NO_SUCH_FILE", "There is no file " + e.getFile() + written(writer));
        } catch (StatusRuntimeException e) {
            CommandFailure failure = CallFailures.of(e, connection.address());
            throw new CommandFailure(failure.exitCode(), failure.reason(), failure.getMessage() + written(writer));
        }
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        JsonObject json = new JsonObject();
        json.addProperty("collection", collection);
        json.addProperty("records", writer.written());
        json.addProperty("seconds", Math.round(seconds * 1e3) / 1e3);
        json.addProperty("records_per_s", Math.round(writer.written() / Math.max(seconds, 1e-3)));
        output.object(json);
        return ExitCode.OK;
    }

    private static String written(RecordWriter writer) {
        return " (%,d records were written before)".formatted(writer.written());
    }

    private void checkOptions() {
        if (batchSize < 1 || batchSize > MAX_BATCH) {
            throw new CommandFailure(ExitCode.USAGE, "--batch must be 1 to 10000: " + batchSize);
        }
        reading.check(files);
        SchemaOptions.metric(metric);
    }

    private Optional<Collection> existing(Connection connection) {
        try {
            return Optional.of(RecordFileOptions.collection(connection, collection));
        } catch (StatusRuntimeException e) {
            if (create && e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Collection created(Connection connection, Record first) {
        Schema.Builder schema = Schema.newBuilder();
        for (Map.Entry<String, Vector> vector : first.getVectorsMap().entrySet()) {
            VectorSpec.Builder spec = schema.addVectorsBuilder().setName(vector.getKey());
            if (vector.getValue().hasSparse()) {
                spec.setKind(VectorKind.VECTOR_KIND_SPARSE);
            } else if (vector.getValue().hasMulti()) {
                spec.setKind(VectorKind.VECTOR_KIND_MULTI)
                        .setDimension(vector.getValue().getMulti().getRows(0).getValuesCount())
                        .setMetric(SchemaOptions.metric(metric));
            } else {
                spec.setDimension(vector.getValue().getValuesCount()).setMetric(SchemaOptions.metric(metric));
            }
        }
        return connection
                .collections()
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(collection)
                        .setSchema(schema)
                        .build())
                .getCollection();
    }
}
