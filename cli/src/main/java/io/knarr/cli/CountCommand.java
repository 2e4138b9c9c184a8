package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.CountRecordsRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr count}: how many records a collection has, exactly. */
@Command(name = "count", description = "Count the records of a collection, exactly.")
final class CountCommand extends ServerCommand {
    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only records that match.")
    private @Nullable String filter;

    @Override
    ExitCode run(Connection connection, Output output) {
        CountRecordsRequest.Builder request = CountRecordsRequest.newBuilder().setCollection(collection);
        if (filter != null) {
            request.setFilter(filter(filter));
        }
        long count = connection.records().countRecords(request.build()).getCount();
        if (output.isJson()) {
            JsonObject json = new JsonObject();
            json.addProperty("collection", collection);
            json.addProperty("count", count);
            output.line(json);
        } else {
            output.line(Long.toString(count));
        }
        return ExitCode.OK;
    }
}
