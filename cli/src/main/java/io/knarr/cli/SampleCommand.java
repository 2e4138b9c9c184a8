package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.Record;
import io.knarr.v1.SampleRecordsRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr sample}: records picked at random. */
@Command(name = "sample", description = "Show records picked at random; the same seed gives the same ones.")
final class SampleCommand extends ServerCommand {
    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Option(names = "--size", paramLabel = "N", defaultValue = "10", description = "How many (default: 10).")
    private int size;

    @Option(names = "--seed", paramLabel = "N", description = "Which sample (default: another one each time).")
    private @Nullable Long seed;

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only among records that match.")
    private @Nullable String filter;

    @Mixin
    private SelectionOptions selection = new SelectionOptions();

    @Override
    ExitCode run(Connection connection, Output output) {
        SampleRecordsRequest.Builder request = SampleRecordsRequest.newBuilder()
                .setCollection(collection)
                .setSize(size)
                .setFields(selection.fieldSelection())
                .setVectors(selection.vectorSelection());
        if (seed != null) {
            request.setSeed(seed);
        }
        if (filter != null) {
            request.setFilter(filter(filter));
        }
        List<JsonObject> rows = new ArrayList<>();
        for (Record record : connection.records().sampleRecords(request.build()).getRecordsList()) {
            JsonObject row = RecordJson.record(record);
            if (!output.isJson()) {
                row.addProperty("id", word(record.getId()));
            }
            rows.add(row);
        }
        List<String> columns = new ArrayList<>(List.of("id", "fields"));
        if (selection.vectors != null) {
            columns.add("vectors");
        }
        if (!rows.isEmpty()) {
            output.table(columns, rows);
        }
        return ExitCode.OK;
    }
}
