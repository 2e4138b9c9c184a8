package io.knarr.cli;

import com.google.gson.JsonObject;
import com.google.protobuf.Timestamp;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.format.Timestamps;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.ListValue;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.UpsertResult;
import io.knarr.v1.Value;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr patch}: changes of parts of a record. */
@Command(
        name = "patch",
        description = "Change parts of a record; what is not named stays as it is. All of it happens, or nothing.",
        footer = {
            "%nValues are JSON: --set 'title=\"Walden\"' --increment price=-1.5 --append 'tags=[\"pond\"]'.",
            "Paths lead into nested fields by dots: --set 'author.name=\"Thoreau\"'."
        })
final class PatchCommand extends ServerCommand {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Parameters(index = "1", paramLabel = "ID", description = "The record, as for 'get'.")
    private String id = "";

    @Option(names = "--set", paramLabel = "PATH=JSON", description = "Put a value in the place of what is there.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--unset", paramLabel = "PATH", description = "Take a field away.")
    private List<String> unset = new ArrayList<>();

    @Option(
            names = "--merge",
            paramLabel = "PATH=JSON",
            description = "Put the fields of an object into the one there.")
    private Map<String, String> merge = new LinkedHashMap<>();

    @Option(names = "--increment", paramLabel = "PATH=NUMBER", description = "Add to a number.")
    private Map<String, String> increment = new LinkedHashMap<>();

    @Option(names = "--append", paramLabel = "PATH=[JSON,...]", description = "Add values at the end of a list.")
    private Map<String, String> append = new LinkedHashMap<>();

    @Option(names = "--remove", paramLabel = "PATH=[JSON,...]", description = "Take values out of a list.")
    private Map<String, String> remove = new LinkedHashMap<>();

    @Option(names = "--vector", paramLabel = "NAME=X,Y,...", description = "Replace a vector.")
    private Map<String, String> vectors = new LinkedHashMap<>();

    @Option(names = "--remove-vector", paramLabel = "NAME", description = "Take a vector away.")
    private List<String> removeVectors = new ArrayList<>();

    @Option(
            names = "--expire-at",
            paramLabel = "TIME",
            description = "From when on nobody sees the record, as 2026-01-31T12:00:00Z; never: no more.")
    private @Nullable String expireAt;

    @Mixin
    private ConditionOptions conditions = new ConditionOptions();

    @Override
    ExitCode run(Connection connection, Output output) {
        RecordPatch.Builder patch =
                RecordPatch.newBuilder().setId(recordId(id)).addAllUnset(unset).addAllRemoveVectors(removeVectors);
        set.forEach((path, text) -> patch.putSet(path, value("--set", path, text)));
        merge.forEach((path, text) -> patch.putMerge(path, value("--merge", path, text)));
        increment.forEach((path, text) -> patch.putIncrement(path, value("--increment", path, text)));
        append.forEach((path, text) -> patch.putAppend(path, list("--append", path, text)));
        remove.forEach((path, text) -> patch.putRemove(path, list("--remove", path, text)));
        vectors.forEach((name, text) ->
                patch.putVectors(name, SearchCommand.components(text, "--vector " + name, ExitCode.USAGE)));
        if ("never".equals(expireAt)) {
            patch.setClearExpireTime(true);
        } else if (expireAt != null) {
            patch.setExpireTime(timestamp(expireAt));
        }
        UpsertResult result = connection
                .records()
                .patchRecords(PatchRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addPatches(patch)
                        .addAllPreconditions(conditions.of(recordId(id)))
                        .build())
                .getResults(0);
        JsonObject json = new JsonObject();
        json.add("id", RecordJson.id(result.getId()));
        json.addProperty("version", result.getVersion());
        output.object(json);
        return ExitCode.OK;
    }

    private static Timestamp timestamp(String text) {
        try {
            return Timestamps.parse(text);
        } catch (DateTimeException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--expire-at is a time like 2026-01-31T12:00:00Z, or never: not '" + text + "'");
        }
    }

    private static Value value(String option, String path, String text) {
        try {
            return RecordJson.parseValue(text);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, "%s %s: %s (text goes in quotes)".formatted(option, path, e.getMessage()));
        }
    }

    private static ListValue list(String option, String path, String text) {
        Value value = value(option, path, text);
        if (!value.hasListValue()) {
            throw new CommandFailure(ExitCode.USAGE, "%s %s: expected a list, as [1, 2]".formatted(option, path));
        }
        return value.getListValue();
    }
}
