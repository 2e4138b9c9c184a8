package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.Filter;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.VectorSelection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr export}: the records of a collection as JSON lines, which {@code import} reads back. */
@Command(
        name = "export",
        description = {
            "Write the records of a collection as JSON lines, in the order of their ids, vectors included.",
            "'import' reads them back as they were. Records written meanwhile may be in it or not."
        })
final class ExportCommand extends ServerCommand {
    private static final int PAGE_SIZE = 1_000;

    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to (default: standard output). The file appears when it is complete.")
    private @Nullable Path file;

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only records that match.")
    private @Nullable String filterText;

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
        String token = "";
        try (Progress progress = Progress.onTerminal("export", "records", count(connection, filter))) {
            do {
                ListRecordsRequest.Builder request = ListRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .setPageSize(PAGE_SIZE)
                        .setPageToken(token)
                        .setVectors(VectorSelection.newBuilder().setAll(true));
                if (filter != null) {
                    request.setFilter(filter);
                }
                ListRecordsResponse page = connection.records().listRecords(request.build());
                for (Record record : page.getRecordsList()) {
                    lines.line(RecordJson.record(record));
                }
                written += page.getRecordsCount();
                progress.advanceTo(written);
                if (lines.isBroken()) {
                    throw new IOException("The output cannot be written");
                }
                token = page.getNextPageToken();
            } while (!token.isEmpty());
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
