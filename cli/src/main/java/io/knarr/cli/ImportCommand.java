package io.knarr.cli;

import com.google.gson.JsonObject;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.cli.call.CallFailures;
import io.knarr.cli.call.Connection;
import io.knarr.cli.call.RecordWriter;
import io.knarr.cli.format.ImportSource;
import io.knarr.cli.format.MalformedInputException;
import io.knarr.cli.format.RecordFormat;
import io.knarr.cli.format.RecordReader;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.Collection;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "jsonl, f32, fvecs or npy (default: by the file's extension).")
    private @Nullable RecordFormat format;

    @Option(names = "--dim", paramLabel = "N", description = "Components per row of a raw float32 file.")
    private @Nullable Integer dimension;

    @Option(names = "--id-start", paramLabel = "N", description = "Number the records from N.")
    private @Nullable Long idStart;

    @Option(names = "--vector-name", paramLabel = "NAME", description = "Name of vectors that come without one.")
    private String vectorName = "default";

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
        RecordWriter writer = new RecordWriter(connection, collection, batchSize);
        long startNanos = System.nanoTime();
        try (Progress progress = Progress.onTerminal("import", "bytes", totalBytes())) {
            long bytesBefore = 0;
            for (Path file : files) {
                ImportSource source = source(file, existing);
                try (RecordReader reader = source.open(file.toString(), Files.newInputStream(file))) {
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
        if (dimension != null && (dimension < 1 || dimension > 65_536)) {
            throw new CommandFailure(ExitCode.USAGE, "--dim must be 1 to 65536: " + dimension);
        }
        if (idStart != null && idStart < 0) {
            throw new CommandFailure(ExitCode.USAGE, "--id-start must not be negative: " + idStart);
        }
        for (Path file : files) {
            if (formatOf(file) == RecordFormat.F32 && dimension == null) {
                throw new CommandFailure(ExitCode.USAGE, "Raw float32 needs --dim, the components per row: " + file);
            }
        }
        SchemaOptions.metric(metric);
    }

    private RecordFormat formatOf(Path file) {
        if (format != null) {
            return format;
        }
        return RecordFormat.ofFileName(file.toString())
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.USAGE, "The name does not tell the format, --format does: " + file));
    }

    private ImportSource source(Path file, Optional<Collection> existing) {
        Set<String> timestampFields = existing.map(known -> known.getSchema().getFieldsList().stream()
                        .filter(field -> field.getType() == FieldType.FIELD_TYPE_TIMESTAMP)
                        .map(FieldSpec::getName)
                        .collect(Collectors.toUnmodifiableSet()))
                .orElse(Set.of());
        OptionalLong firstId = idStart == null ? OptionalLong.empty() : OptionalLong.of(idStart + numbered);
        RecordFormat fileFormat = formatOf(file);
        if (firstId.isEmpty() && fileFormat != RecordFormat.JSONL) {
            firstId = OptionalLong.of(numbered); // a second file goes on where the first one ended
        }
        return new ImportSource(
                fileFormat,
                vectorName,
                dimension == null ? OptionalInt.empty() : OptionalInt.of(dimension),
                firstId,
                timestampFields,
                true);
    }

    private Optional<Collection> existing(Connection connection) {
        try {
            return Optional.of(connection
                    .collections()
                    .getCollection(GetCollectionRequest.newBuilder()
                            .setName(collection)
                            .build())
                    .getCollection());
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

    private long totalBytes() throws IOException {
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
        }
        return total;
    }
}
