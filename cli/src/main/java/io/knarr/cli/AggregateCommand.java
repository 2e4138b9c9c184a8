package io.knarr.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.Aggregation;
import io.knarr.v1.AggregationResult;
import io.knarr.v1.Bucket;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.GroupAggregation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr aggregate}: counts, extremes, sums and means, of all records or by the values of a field. */
@Command(
        name = "aggregate",
        description = "Compute over the records of a collection, exactly. Without --group-by over all of them.")
final class AggregateCommand extends ServerCommand {
    /** The name of the groups in the request; no field is called so. */
    private static final String GROUPS = "groups-";

    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @Option(names = "--count", paramLabel = "FIELD", description = "How many records have a value. Repeatable.")
    private List<String> counts = new ArrayList<>();

    @Option(names = "--distinct", paramLabel = "FIELD", description = "How many different values. Repeatable.")
    private List<String> distincts = new ArrayList<>();

    @Option(names = "--min", paramLabel = "FIELD", description = "The least value. Repeatable.")
    private List<String> minima = new ArrayList<>();

    @Option(names = "--max", paramLabel = "FIELD", description = "The greatest value. Repeatable.")
    private List<String> maxima = new ArrayList<>();

    @Option(names = "--sum", paramLabel = "FIELD", description = "The sum of the numbers. Repeatable.")
    private List<String> sums = new ArrayList<>();

    @Option(names = "--average", paramLabel = "FIELD", description = "The mean of the numbers. Repeatable.")
    private List<String> averages = new ArrayList<>();

    @Option(names = "--group-by", paramLabel = "FIELD", description = "A line for each of the most frequent values.")
    private @Nullable String groupBy;

    @Option(names = "--top", paramLabel = "N", defaultValue = "10", description = "How many groups (default: 10).")
    private int top;

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only records that match.")
    private @Nullable String filter;

    @Override
    ExitCode run(Connection connection, Output output) {
        Columns columns = columns();
        AggregateRecordsRequest.Builder request =
                AggregateRecordsRequest.newBuilder().setCollection(collection);
        if (filter != null) {
            request.setFilter(filter(filter));
        }
        if (groupBy == null) {
            request.putAllAggregations(columns.aggregations);
            request.putAggregations(
                    GROUPS, Aggregation.newBuilder().setCount(field("")).build());
        } else {
            request.putAggregations(
                    GROUPS,
                    Aggregation.newBuilder()
                            .setGroups(GroupAggregation.newBuilder()
                                    .setField(groupBy)
                                    .setLimit(top)
                                    .putAllAggregations(columns.aggregations))
                            .build());
        }
        AggregateRecordsResponse response = connection.records().aggregateRecords(request.build());
        if (groupBy == null) {
            JsonObject json = new JsonObject();
            json.addProperty("records", response.getMatchedCount());
            columns.addTo(json, response.getResultsMap());
            output.object(json);
        } else {
            printGroups(groupBy, columns, response, output);
        }
        return ExitCode.OK;
    }

    private static void printGroups(String groupBy, Columns columns, AggregateRecordsResponse response, Output output) {
        List<JsonObject> rows = new ArrayList<>();
        for (Bucket bucket : response.getResultsOrThrow(GROUPS).getBuckets().getBucketsList()) {
            JsonObject row = new JsonObject();
            row.add(groupBy, RecordJson.value(bucket.getKey()));
            row.addProperty("records", bucket.getCount());
            columns.addTo(row, bucket.getResultsMap());
            rows.add(row);
        }
        List<String> names = new ArrayList<>(List.of(groupBy, "records"));
        names.addAll(columns.names.values());
        if (!rows.isEmpty()) {
            output.table(names, rows);
        }
    }

    private Columns columns() {
        Columns columns = new Columns();
        columns.add("count", counts, field -> Aggregation.newBuilder().setCount(field));
        columns.add("distinct", distincts, field -> Aggregation.newBuilder().setDistinct(field));
        columns.add("min", minima, field -> Aggregation.newBuilder().setMin(field));
        columns.add("max", maxima, field -> Aggregation.newBuilder().setMax(field));
        columns.add("sum", sums, field -> Aggregation.newBuilder().setSum(field));
        columns.add("average", averages, field -> Aggregation.newBuilder().setAverage(field));
        return columns;
    }

    private static FieldAggregation field(String name) {
        return FieldAggregation.newBuilder().setField(name).build();
    }

    /** What is asked for, and how it is called in the results. */
    private static final class Columns {
        private final Map<String, Aggregation> aggregations = new LinkedHashMap<>();
        private final Map<String, String> names = new LinkedHashMap<>();

        void add(String kind, List<String> fields, Function<FieldAggregation, Aggregation.Builder> aggregation) {
            for (String field : fields) {
                // Names of aggregations have no dots.
                String key = "c" + aggregations.size();
                aggregations.put(key, aggregation.apply(field(field)).build());
                names.put(key, kind + "(" + field + ")");
            }
        }

        void addTo(JsonObject json, Map<String, AggregationResult> results) {
            names.forEach((key, name) ->
                    json.add(name, element(results.getOrDefault(key, AggregationResult.getDefaultInstance()))));
        }

        private static JsonElement element(AggregationResult result) {
            return switch (result.getKindCase()) {
                case COUNT -> new JsonPrimitive(result.getCount());
                case VALUE -> RecordJson.value(result.getValue().getValue());
                case BUCKETS, KIND_NOT_SET -> JsonNull.INSTANCE;
            };
        }
    }
}
