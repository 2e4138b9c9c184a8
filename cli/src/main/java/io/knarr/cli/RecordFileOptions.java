package io.knarr.cli;

import io.knarr.cli.call.Connection;
import io.knarr.cli.format.ImportSource;
import io.knarr.cli.format.RecordFormat;
import io.knarr.cli.format.RecordReader;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.v1.Collection;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GetCollectionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how files of records are read. */
final class RecordFileOptions {
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

    /** Fails if these options cannot be used for the files. */
    void check(List<Path> files) {
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
    }

    private RecordFormat formatOf(Path file) {
        if (format != null) {
            return format;
        }
        return RecordFormat.ofFileName(file.toString())
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.USAGE, "The name does not tell the format, --format does: " + file));
    }

    /**
     * Opens a file.
     *
     * @param collection where its records go, if there is one yet
     * @param numbered how many records came before it
     */
    RecordReader open(Path file, Optional<Collection> collection, long numbered) throws IOException {
        Set<String> timestampFields = collection
                .map(known -> known.getSchema().getFieldsList().stream()
                        .filter(field -> field.getType() == FieldType.FIELD_TYPE_TIMESTAMP)
                        .map(FieldSpec::getName)
                        .collect(Collectors.toUnmodifiableSet()))
                .orElse(Set.of());
        OptionalLong firstId = idStart == null ? OptionalLong.empty() : OptionalLong.of(idStart + numbered);
        RecordFormat fileFormat = formatOf(file);
        if (firstId.isEmpty() && fileFormat != RecordFormat.JSONL) {
            firstId = OptionalLong.of(numbered); // a second file goes on where the first one ended
        }
        boolean vectorsRequired =
                collection.isEmpty() || collection.get().getSchema().getVectorsCount() > 0;
        return new ImportSource(
                        fileFormat,
                        vectorName,
                        dimension == null ? OptionalInt.empty() : OptionalInt.of(dimension),
                        firstId,
                        timestampFields,
                        vectorsRequired)
                .open(file.toString(), Files.newInputStream(file));
    }

    /** Returns a collection. */
    static Collection collection(Connection connection, String name) {
        return connection
                .collections()
                .getCollection(GetCollectionRequest.newBuilder().setName(name).build())
                .getCollection();
    }

    static long totalBytes(List<Path> files) throws IOException {
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
        }
        return total;
    }

    /** Tells different ways to read the same files from each other. */
    @Override
    public String toString() {
        return format + " " + dimension + " " + idStart + " " + vectorName;
    }
}
