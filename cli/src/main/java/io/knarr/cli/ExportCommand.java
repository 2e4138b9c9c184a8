package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.call.SlicedExport;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.VectorSelection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr export}: the records of a collection as JSON lines, which {@code import} reads back. */
@Command(
        name = "export",
        description = {
            "Write the records of a collection as JSON lines, in the order of their ids, vectors included.",
            "'import' reads them back as they were. All are of one moment, whatever is written meanwhile."
        })
final class ExportCommand extends ServerCommand {
    private static final int MAX_SLICES = 64;

    /** Stands for a part's number in a file's name. */
    private static final String SLICE = "{slice}";

    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to (default: standard output). The file appears when it is complete.")
    private @Nullable Path file;

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only records that match.")
    private @Nullable String filterText;

    @Option(
            names = "--slice",
            paramLabel = "INDEX/COUNT",
            description = "Only one part of several that together hold every record once: 0/4 to 3/4.")
    private @Nullable String sliceText;

    @Option(
            names = "--slices",
            paramLabel = "N",
            description = {
                "Read N parts at once, all of the same moment. Records then come in no order.",
                "{slice} in the file's name makes a file of each part."
            })
    private int slices = 1;

    @Override
    ExitCode run(Connection connection, Output output) throws IOException {
        if (slices < 1 || slices > MAX_SLICES) {
            throw new CommandFailure(ExitCode.USAGE, "--slices must be 1 to 64: " + slices);
        }
        if (slices > 1 && sliceText != null) {
            throw new CommandFailure(ExitCode.USAGE, "Only one of --slice and --slices may be given");
        }
        ExportRecordsRequest.Builder request = ExportRecordsRequest.newBuilder()
                .setCollection(collection)
                .setVectors(VectorSelection.newBuilder().setAll(true));
        if (filterText != null) {
            request.setFilter(filter(filterText));
        }
        if (sliceText != null) {
            request.setSlice(SliceOption.slice(sliceText));
        }
        try (Progress progress = Progress.onTerminal("export", "records", count(connection, request))) {
            SlicedExport export = new SlicedExport(connection, request.build(), slices, progress);
            if (file == null) {
                export.run(List.of(output));
                return ExitCode.OK;
            }
            output.object(export(export, files(file)));
            return ExitCode.OK;
        }
    }

    private List<Path> files(Path pattern) {
        if (!pattern.toString().contains(SLICE)) {
            return List.of(pattern);
        }
        return IntStream.range(0, slices)
                .mapToObj(slice -> Path.of(pattern.toString().replace(SLICE, String.valueOf(slice))))
                .toList();
    }

    /** Writes beside the files first, so that these appear when all are complete. */
    private static JsonObject export(SlicedExport export, List<Path> files) throws IOException {
        List<Path> partial = files.stream()
                .map(each -> each.resolveSibling(each.getFileName() + ".partial"))
                .toList();
        List<PrintWriter> writers = new ArrayList<>();
        long count;
        try {
            for (Path each : partial) {
                writers.add(new PrintWriter(Files.newBufferedWriter(each, UTF_8)));
            }
            count = export.run(
                    writers.stream().map(writer -> new Output(writer, true)).toList());
        } finally {
            writers.forEach(PrintWriter::close);
        }
        for (PrintWriter writer : writers) {
            if (writer.checkError()) {
                throw new IOException("The output cannot be written");
            }
        }
        for (int i = 0; i < files.size(); i++) {
            Files.move(
                    partial.get(i), files.get(i), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
        JsonObject json = new JsonObject();
        json.addProperty(
                "file", String.join(" ", files.stream().map(Path::toString).toList()));
        json.addProperty("records", count);
        return json;
    }

    private long count(Connection connection, ExportRecordsRequest.Builder export) {
        CountRecordsRequest.Builder request = CountRecordsRequest.newBuilder().setCollection(collection);
        if (export.hasFilter()) {
            request.setFilter(export.getFilter());
        }
        return connection.records().countRecords(request.build()).getCount();
    }
}
