package io.knarr.cli;

import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.v1.ElementType;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Metric;
import io.knarr.v1.Schema;
import io.knarr.v1.UpdateCollectionRequest;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that describe a collection's schema. */
final class SchemaOptions {
    @Option(names = "--dim", paramLabel = "N", description = "Components of the vector 'default'.")
    @Nullable
    Integer dimension;

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            description = "cosine, dot, euclid or manhattan (default cosine), of the vector 'default'.")
    @Nullable
    String metric;

    @Option(
            names = "--element",
            paramLabel = "ELEMENT",
            description =
                    "float32, float16 or int8 (default float32): what the components of the vector 'default' are stored as.")
    @Nullable
    String element;

    @Option(
            names = "--vector",
            paramLabel = "NAME:DIM[:METRIC[:ELEMENT]][:multi]",
            description = "A named vector. May be repeated; instead of --dim.")
    List<String> vectors = new ArrayList<>();

    @Option(
            names = "--field",
            paramLabel = "NAME:TYPE[:list]",
            description =
                    "A declared field: string, int64, float64, bool, timestamp, uuid, geo, path, text or object. May be repeated.")
    List<String> fields = new ArrayList<>();

    @Option(names = "--closed", description = "Records may have declared fields only.")
    boolean closed;

    /** Returns the schema these options describe. */
    Schema schema() {
        Schema.Builder schema = Schema.newBuilder().setClosed(closed);
        if (dimension != null) {
            schema.addVectors(VectorSpec.newBuilder()
                    .setDimension(dimension)
                    .setMetric(metric(metric == null ? "cosine" : metric))
                    .setElement(element(element == null ? "float32" : element)));
        } else if (metric != null || element != null) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--metric and --element go with --dim; a named vector says NAME:DIM:METRIC:ELEMENT");
        }
        vectors.forEach(text -> schema.addVectors(vector(text)));
        fields.forEach(text -> schema.addFields(field(text)));
        if (schema.getVectorsCount() == 0 && schema.getFieldsCount() == 0) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "A collection needs a vector or a field: --dim N, --vector NAME:DIM:METRIC, or --field NAME:TYPE");
        }
        return schema.build();
    }

    /** Returns what these options add to the schema of a collection there is. */
    UpdateCollectionRequest.Builder growthOf(String name) {
        if (dimension != null || metric != null || element != null || closed) {
            throw new CommandFailure(ExitCode.USAGE, "A collection grows by --field and --vector only");
        }
        UpdateCollectionRequest.Builder growth =
                UpdateCollectionRequest.newBuilder().setName(name);
        vectors.forEach(text -> growth.addAddVectors(vector(text)));
        fields.forEach(text -> growth.addAddFields(field(text)));
        return growth;
    }

    private static VectorSpec vector(String text) {
        List<String> parts = new ArrayList<>(List.of(text.split(":", -1)));
        boolean multi = parts.size() > 2 && parts.getLast().equals("multi");
        if (multi) {
            parts.removeLast();
        }
        if (parts.size() < 2 || parts.size() > 4 || !parts.get(1).matches("[0-9]{1,9}")) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--vector is NAME:DIM, NAME:DIM:METRIC or NAME:DIM:METRIC:ELEMENT, not '" + text + "'");
        }
        return VectorSpec.newBuilder()
                .setName(parts.get(0))
                .setKind(multi ? VectorKind.VECTOR_KIND_MULTI : VectorKind.VECTOR_KIND_DENSE)
                .setDimension(Integer.parseInt(parts.get(1)))
                .setMetric(metric(parts.size() >= 3 ? parts.get(2) : "cosine"))
                .setElement(element(parts.size() == 4 ? parts.get(3) : "float32"))
                .build();
    }

    private static ElementType element(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "float32" -> ElementType.ELEMENT_TYPE_FLOAT32;
            case "float16" -> ElementType.ELEMENT_TYPE_FLOAT16;
            case "int8" -> ElementType.ELEMENT_TYPE_INT8;
            default ->
                throw new CommandFailure(ExitCode.USAGE, "An element is float32, float16 or int8, not '" + name + "'");
        };
    }

    private static FieldSpec field(String text) {
        List<String> parts = List.of(text.split(":", -1));
        boolean list = parts.size() == 3 && parts.get(2).equals("list");
        if (parts.size() != 2 && !list) {
            throw new CommandFailure(ExitCode.USAGE, "--field is NAME:TYPE or NAME:TYPE:list, not '" + text + "'");
        }
        return FieldSpec.newBuilder()
                .setName(parts.get(0))
                .setType(fieldType(parts.get(1)))
                .setList(list)
                .build();
    }

    /** Returns the metric of that name, in any case. */
    static Metric metric(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "cosine" -> Metric.METRIC_COSINE;
            case "dot" -> Metric.METRIC_DOT;
            case "euclid" -> Metric.METRIC_EUCLID;
            case "manhattan" -> Metric.METRIC_MANHATTAN;
            default ->
                throw new CommandFailure(
                        ExitCode.USAGE, "A metric is cosine, dot, euclid or manhattan, not '" + name + "'");
        };
    }

    private static FieldType fieldType(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "string" -> FieldType.FIELD_TYPE_STRING;
            case "int64" -> FieldType.FIELD_TYPE_INT64;
            case "float64" -> FieldType.FIELD_TYPE_FLOAT64;
            case "bool" -> FieldType.FIELD_TYPE_BOOL;
            case "timestamp" -> FieldType.FIELD_TYPE_TIMESTAMP;
            case "uuid" -> FieldType.FIELD_TYPE_UUID;
            case "geo" -> FieldType.FIELD_TYPE_GEO;
            case "path" -> FieldType.FIELD_TYPE_PATH;
            case "text" -> FieldType.FIELD_TYPE_TEXT;
            case "object" -> FieldType.FIELD_TYPE_OBJECT;
            default ->
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "A field's type is string, int64, float64, bool, timestamp, uuid, geo, path, text or object, not '"
                                + name + "'");
        };
    }
}
