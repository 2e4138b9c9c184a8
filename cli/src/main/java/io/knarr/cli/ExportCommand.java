package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.Filter;
import io.knarr.v1.Record;
import io.knarr.v1.VectorSelection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
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

    @Override
    ExitCode run(Connection connection, Output output) throws IOException {
        Filter filter = filterText == null ? null : filter(filterText);
        if (file == null) {
            copy(connection, filter, output);
            return ExitCode.OK;
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        long count;
        try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(partial, UTF_8))) {
            count = copy(connection, filter, new Output(writer, true));
        }
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        JsonObject json = new JsonObject();
        json.addProperty("file", file.toString());
        json.addProperty("records", count);
        output.object(json);
        return ExitCode.OK;
    }

    private long copy(Connection connection, @Nullable Filter filter, Output lines) throws IOException {
        long written = 0;
        ExportRecordsRequest.Builder request = ExportRecordsRequest.newBuilder()
                .setCollection(collection)
                .setVectors(VectorSelection.newBuilder().setAll(true));
        if (filter != null) {
            request.setFilter(filter);
        }
        if (sliceText != null) {
            request.setSlice(SliceOption.slice(sliceText));
        }
        try (Progress progress = Progress.onTerminal("export", "records", count(connection, filter))) {
            Iterator<ExportRecordsResponse> messages = connection.exports().exportRecords(request.build());
            while (messages.hasNext()) {
                for (Record record : messages.next().getRecordsList()) {
                    lines.line(RecordJson.record(record));
                    written++;
                }
                progress.advanceTo(written);
                if (lines.isBroken()) {
                    throw new IOException("The output cannot be written");
                }
            }
        }
        return written;
    }

    private long count(Connection connection, @Nullable Filter filter) {
        CountRecordsRequest.Builder request = CountRecordsRequest.newBuilder().setCollection(collection);
        if (filter != null) {
            request.setFilter(filter);
        }
        return connection.records().countRecords(request.build()).getCount();
    }
}
