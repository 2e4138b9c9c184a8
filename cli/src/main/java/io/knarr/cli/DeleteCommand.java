package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr delete}: records by their ids, or those that match a filter. */
@Command(
        name = "delete",
        description = {
            "Delete records by their ids, or those that match a filter: all of them or none, and at most 100,000 by a filter.",
            "Ids that do not exist are no error."
        })
final class DeleteCommand extends ServerCommand {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "ID", description = "The records, as for 'get'.")
    private List<String> ids = new ArrayList<>();

    @Option(names = "--filter", paramLabel = "EXPR", description = "The records that match.")
    private @Nullable String filterText;

    @Option(names = "--dry-run", description = "Only say how many there are, with all that is checked.")
    private boolean dryRun;

    @Override
    ExitCode run(Connection connection, Output output) {
        if (ids.isEmpty() == (filterText == null)) {
            throw new CommandFailure(ExitCode.USAGE, "Name the records by their ids, or by --filter");
        }
        DeleteRecordsRequest.Builder request = DeleteRecordsRequest.newBuilder()
                .setCollection(collection)
                .addAllIds(ids.stream().map(ServerCommand::recordId).toList())
                .setValidateOnly(dryRun);
        if (filterText != null) {
            request.setFilter(filter(filterText));
        }
        if (!dryRun) {
            request.setRequestId(UUID.randomUUID().toString());
        }
        DeleteRecordsResponse reply = connection.records().deleteRecords(request.build());
        JsonObject json = new JsonObject();
        json.addProperty("collection", collection);
        json.addProperty(dryRun ? "would_delete" : "deleted", reply.getDeletedCount());
        output.object(json);
        return ExitCode.OK;
    }
}
