package io.knarr.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.Timestamps;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.Collection;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListCollectionsResponse;
import io.knarr.v1.Schema;
import io.knarr.v1.UpdateCollectionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr collection}: the collections of an account. */
@Command(
        name = "collection",
        description = "Create, show, list, update and delete collections.",
        subcommands = {
            CollectionCommand.Create.class,
            CollectionCommand.Get.class,
            CollectionCommand.ListAll.class,
            CollectionCommand.Update.class,
            CollectionCommand.Delete.class
        })
final class CollectionCommand extends CommandGroup {
    private static final List<String> COLUMNS = List.of("collection", "vectors", "fields", "closed", "create_time");

    private static JsonObject json(Collection collection) {
        JsonObject json = new JsonObject();
        json.addProperty("collection", collection.getName());
        json.addProperty("incarnation", collection.getIncarnation());
        json.addProperty("create_time", Timestamps.format(collection.getCreateTime()));
        Schema schema = collection.getSchema();
        JsonArray vectors = new JsonArray();
        schema.getVectorsList().forEach(vector -> {
            JsonObject spec = new JsonObject();
            spec.addProperty("name", vector.getName());
            spec.addProperty("kind", lowerCase(vector.getKind().name(), "VECTOR_KIND_"));
            spec.addProperty("dimension", vector.getDimension());
            spec.addProperty("metric", lowerCase(vector.getMetric().name(), "METRIC_"));
            spec.addProperty("element", lowerCase(vector.getElement().name(), "ELEMENT_TYPE_"));
            vectors.add(spec);
        });
        json.add("vectors", vectors);
        JsonArray fields = new JsonArray();
        schema.getFieldsList().forEach(field -> {
            JsonObject spec = new JsonObject();
            spec.addProperty("name", field.getName());
            spec.addProperty("type", lowerCase(field.getType().name(), "FIELD_TYPE_"));
            spec.addProperty("list", field.getList());
            fields.add(spec);
        });
        json.add("fields", fields);
        json.addProperty("closed", schema.getClosed());
        if (collection.hasDefaultTtl()) {
            json.addProperty("default_ttl", TtlOptions.format(collection.getDefaultTtl()));
        }
        return json;
    }

    private static String lowerCase(String name, String prefix) {
        return name.substring(prefix.length()).toLowerCase(Locale.ROOT);
    }

    @Command(name = "create", description = "Create a collection.")
    static final class Create extends ServerCommand {
        @Parameters(paramLabel = "NAME", description = "1 to 128 letters, digits, '_', '-'.")
        private String name = "";

        @Mixin
        private SchemaOptions schema = new SchemaOptions();

        @Mixin
        private TtlOptions ttl = new TtlOptions();

        @Override
        ExitCode run(Connection connection, Output output) {
            CreateCollectionRequest.Builder request =
                    CreateCollectionRequest.newBuilder().setName(name).setSchema(schema.schema());
            ttl.ttl().ifPresent(request::setDefaultTtl);
            output.object(json(
                    connection.collections().createCollection(request.build()).getCollection()));
            return ExitCode.OK;
        }
    }

    @Command(name = "get", description = "Show one collection with its number of records.")
    static final class Get extends ServerCommand {
        @Parameters(paramLabel = "NAME", description = "The collection.")
        private String name = "";

        @Override
        ExitCode run(Connection connection, Output output) {
            Collection collection = connection
                    .collections()
                    .getCollection(
                            GetCollectionRequest.newBuilder().setName(name).build())
                    .getCollection();
            JsonObject json = json(collection);
            json.addProperty("record_count", collection.getRecordCount());
            output.object(json);
            return ExitCode.OK;
        }
    }

    @Command(name = "list", description = "List the account's collections.")
    static final class ListAll extends ServerCommand {
        @Override
        ExitCode run(Connection connection, Output output) {
            List<JsonObject> rows = new ArrayList<>();
            String token = "";
            do {
                ListCollectionsResponse page = connection
                        .collections()
                        .listCollections(ListCollectionsRequest.newBuilder()
                                .setPageSize(1000)
                                .setPageToken(token)
                                .build());
                page.getCollectionsList().forEach(collection -> rows.add(json(collection)));
                token = page.getNextPageToken();
            } while (!token.isEmpty());
            output.table(COLUMNS, rows);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "update",
            description = "Declare more fields, add vectors, change the time to live; the collection goes on serving.")
    static final class Update extends ServerCommand {
        @Parameters(paramLabel = "NAME", description = "The collection.")
        private String name = "";

        @Mixin
        private SchemaOptions schema = new SchemaOptions();

        @Mixin
        private TtlOptions ttl = new TtlOptions();

        @Option(names = "--no-default-ttl", description = "Records written from now on live for ever.")
        private boolean noTtl;

        @Override
        ExitCode run(Connection connection, Output output) {
            UpdateCollectionRequest.Builder request = schema.growthOf(name).setClearDefaultTtl(noTtl);
            ttl.ttl().ifPresent(request::setDefaultTtl);
            output.object(json(
                    connection.collections().updateCollection(request.build()).getCollection()));
            return ExitCode.OK;
        }
    }

    @Command(name = "delete", description = "Delete a collection and its records. Final.")
    static final class Delete extends ServerCommand {
        @Parameters(paramLabel = "NAME", description = "The collection.")
        private String name = "";

        @Option(
                names = "--incarnation",
                paramLabel = "UUID",
                description = "Only this life of it: refused if another one is there.")
        private String incarnation = "";

        @Option(names = "--allow-missing", description = "A missing collection is no error.")
        private boolean allowMissing;

        @Override
        ExitCode run(Connection connection, Output output) {
            boolean deleted = connection
                    .collections()
                    .deleteCollection(DeleteCollectionRequest.newBuilder()
                            .setName(name)
                            .setIncarnation(incarnation)
                            .setAllowMissing(allowMissing)
                            .build())
                    .getDeleted();
            JsonObject json = new JsonObject();
            json.addProperty("collection", name);
            json.addProperty("deleted", deleted);
            output.object(json);
            return ExitCode.OK;
        }
    }
}
