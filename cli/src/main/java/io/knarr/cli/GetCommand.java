package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.Record;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code knarr get}: records by their ids. */
@Command(name = "get", description = "Show records by their ids. Ends with 4 if one of them does not exist.")
final class GetCommand extends ServerCommand {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "ID",
            description = "Digits are an integer id; uuid:... a UUID; string:... or anything else text.")
    private List<String> ids = new ArrayList<>();

    @Mixin
    private SelectionOptions selection = new SelectionOptions();

    @Override
    ExitCode run(Connection connection, Output output) {
        GetRecordsResponse reply = connection
                .records()
                .getRecords(GetRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addAllIds(ids.stream().map(ServerCommand::recordId).toList())
                        .setFields(selection.fieldSelection())
                        .setVectors(selection.vectorSelection())
                        .build());
        List<JsonObject> rows = new ArrayList<>();
        for (Record record : reply.getRecordsList()) {
            JsonObject row = RecordJson.record(record);
            row.addProperty("version", record.getVersion());
            if (!output.isJson()) {
                row.addProperty("id", word(record.getId()));
            }
            rows.add(row);
        }
        List<String> columns = new ArrayList<>(List.of("id", "version", "fields"));
        if (selection.vectors != null) {
            columns.add("vectors");
        }
        if (!rows.isEmpty()) {
            output.table(columns, rows);
        }
        if (reply.getMissingIdsCount() > 0) {
            output.flush();
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "RECORD_NOT_FOUND",
                    "Not in the collection: "
                            + String.join(
                                    ", ",
                                    reply.getMissingIdsList().stream()
                                            .map(ServerCommand::word)
                                            .toList()));
        }
        return ExitCode.OK;
    }
}
