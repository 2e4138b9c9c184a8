package io.knarr.server.rpc;

import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.TextAnalyzers;
import io.knarr.server.model.TtlChange;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import io.knarr.v1.ElementType;
import io.knarr.v1.TextOptions;
import io.knarr.v1.UpdateCollectionRequest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads schemas, writes collections. */
final class CollectionMapper {
    /** What a vector is called whose name is left out. */
    private static final String DEFAULT_VECTOR = "default";

    /** The most seconds that protobuf's own Duration may have. */
    private static final long MAX_TTL_SECONDS = 315_576_000_000L;

    private CollectionMapper() {}

    /** Returns the schema at a place of a request. */
    static Schema toSchema(io.knarr.v1.Schema schema, FieldPath path) {
        if (schema.getVectorsCount() == 0 && schema.getFieldsCount() == 0) {
            throw Rejections.invalid(path.field("vectors"), "A schema needs a vector, or a declared field");
        }
        return new Schema(
                toVectors(schema.getVectorsList(), path.field("vectors")),
                toFields(schema.getFieldsList(), path.field("fields")),
                schema.getClosed());
    }

    /** Returns a time to live, in whole microseconds. */
    static Duration toTtl(com.google.protobuf.Duration ttl, FieldPath path) {
        if (ttl.getSeconds() < 0
                || ttl.getSeconds() > MAX_TTL_SECONDS
                || ttl.getNanos() < 0
                || ttl.getNanos() > 999_999_999) {
            throw Rejections.invalid(path, "A time to live must be positive and at most 10,000 years")
                    .with("max_seconds", MAX_TTL_SECONDS);
        }
        Duration micros = Duration.ofSeconds(ttl.getSeconds(), ttl.getNanos()).truncatedTo(ChronoUnit.MICROS);
        if (micros.isZero()) {
            throw Rejections.invalid(path, "A time to live must be a microsecond or more");
        }
        return micros;
    }

    /** Returns what a request adds to a schema. */
    static SchemaGrowth toGrowth(UpdateCollectionRequest request) {
        boolean adds = request.getAddFieldsCount() > 0 || request.getAddVectorsCount() > 0;
        if (!adds && !request.hasDefaultTtl() && !request.getClearDefaultTtl()) {
            throw Rejections.invalid(
                    FieldPath.of("add_fields"), "An update must add a field or a vector, or change the time to live");
        }
        return new SchemaGrowth(
                toFields(request.getAddFieldsList(), FieldPath.of("add_fields")),
                toVectors(request.getAddVectorsList(), FieldPath.of("add_vectors")),
                toTtlChange(request));
    }

    private static Optional<TtlChange> toTtlChange(UpdateCollectionRequest request) {
        if (request.getClearDefaultTtl()) {
            if (request.hasDefaultTtl()) {
                throw Rejections.invalid(
                        FieldPath.of("clear_default_ttl"), "A default time to live is either set or cleared");
            }
            return Optional.of(new TtlChange(Optional.empty()));
        }
        return request.hasDefaultTtl()
                ? Optional.of(new TtlChange(Optional.of(toTtl(request.getDefaultTtl(), FieldPath.of("default_ttl")))))
                : Optional.empty();
    }

    private static List<VectorSpec> toVectors(List<io.knarr.v1.VectorSpec> vectors, FieldPath path) {
        if (vectors.size() > Schema.MAX_VECTORS) {
            throw Rejections.limit(path, "A schema has too many vectors", Schema.MAX_VECTORS, vectors.size());
        }
        List<VectorSpec> specs = new ArrayList<>(vectors.size());
        Set<String> names = HashSet.newHashSet(vectors.size());
        for (int i = 0; i < vectors.size(); i++) {
            specs.add(toVector(vectors.get(i), path.index(i)));
            requireNew(names, specs.getLast().name(), path.index(i).field("name"));
        }
        return specs;
    }

    private static VectorSpec toVector(io.knarr.v1.VectorSpec vector, FieldPath path) {
        String name =
                vector.getName().isEmpty() ? DEFAULT_VECTOR : NameMapper.vector(vector.getName(), path.field("name"));
        FieldPath dimensionPath = path.field("dimension");
        VectorKind kind = toKind(vector.getKind(), path.field("kind"));
        if (kind == VectorKind.SPARSE) {
            return toSparse(vector, name, path);
        }
        if (vector.getIdf()) {
            throw Rejections.invalid(path.field("idf"), "Only a sparse vector has rare and frequent indices");
        }
        VectorElement element = toElement(vector.getElement(), path.field("element"));
        if (vector.getDimension() < 1) {
            throw Rejections.invalid(dimensionPath, "A dimension must be 1 or more")
                    .with("actual", vector.getDimension());
        }
        if (vector.getDimension() > VectorSpec.MAX_DIMENSION) {
            throw Rejections.limit(
                    dimensionPath, "A dimension is too large", VectorSpec.MAX_DIMENSION, vector.getDimension());
        }
        Metric metric = toMetric(vector.getMetric(), path.field("metric"));
        if (kind == VectorKind.MULTI && (metric == Metric.EUCLID || metric == Metric.MANHATTAN)) {
            throw Rejections.invalid(
                    path.field("metric"), "Rows of multi-vectors are compared by their cosine or inner product");
        }
        return new VectorSpec(name, kind, vector.getDimension(), metric, element, false);
    }

    private static VectorSpec toSparse(io.knarr.v1.VectorSpec vector, String name, FieldPath path) {
        if (vector.getDimension() != 0) {
            throw Rejections.invalid(path.field("dimension"), "A sparse vector has no dimension")
                    .with("actual", vector.getDimension());
        }
        if (vector.getMetric() != io.knarr.v1.Metric.METRIC_UNSPECIFIED
                && vector.getMetric() != io.knarr.v1.Metric.METRIC_DOT) {
            throw Rejections.invalid(path.field("metric"), "Sparse vectors are compared by their inner product");
        }
        if (toElement(vector.getElement(), path.field("element")) != VectorElement.FLOAT32) {
            throw Rejections.invalid(path.field("element"), "The values of sparse vectors are float32");
        }
        return VectorSpec.sparse(name, vector.getIdf());
    }

    private static VectorElement toElement(ElementType element, FieldPath path) {
        return switch (element) {
            case ELEMENT_TYPE_UNSPECIFIED, ELEMENT_TYPE_FLOAT32 -> VectorElement.FLOAT32;
            case ELEMENT_TYPE_FLOAT16 -> VectorElement.FLOAT16;
            case ELEMENT_TYPE_INT8 -> VectorElement.INT8;
            case UNRECOGNIZED -> throw Rejections.invalid(path, "An element of vectors must be one of the known");
        };
    }

    private static ElementType toProto(VectorElement element) {
        return switch (element) {
            case FLOAT32 -> ElementType.ELEMENT_TYPE_FLOAT32;
            case FLOAT16 -> ElementType.ELEMENT_TYPE_FLOAT16;
            case INT8 -> ElementType.ELEMENT_TYPE_INT8;
        };
    }

    private static VectorKind toKind(io.knarr.v1.VectorKind kind, FieldPath path) {
        return switch (kind) {
            case VECTOR_KIND_UNSPECIFIED, VECTOR_KIND_DENSE -> VectorKind.DENSE;
            case VECTOR_KIND_SPARSE -> VectorKind.SPARSE;
            case VECTOR_KIND_MULTI -> VectorKind.MULTI;
            case UNRECOGNIZED -> throw Rejections.invalid(path, "A kind of vector must be one of the known");
        };
    }

    private static io.knarr.v1.VectorKind toProto(VectorKind kind) {
        return switch (kind) {
            case DENSE -> io.knarr.v1.VectorKind.VECTOR_KIND_DENSE;
            case SPARSE -> io.knarr.v1.VectorKind.VECTOR_KIND_SPARSE;
            case MULTI -> io.knarr.v1.VectorKind.VECTOR_KIND_MULTI;
        };
    }

    private static List<FieldSpec> toFields(List<io.knarr.v1.FieldSpec> fields, FieldPath path) {
        List<FieldSpec> specs = toFields(fields, path, 1);
        int count = specs.stream().mapToInt(FieldSpec::count).sum();
        if (count > Schema.MAX_FIELDS) {
            throw tooManyFields(path, count);
        }
        return specs;
    }

    private static RuntimeException tooManyFields(FieldPath path, int count) {
        return Rejections.limit(path, "A schema has too many fields", Schema.MAX_FIELDS, count);
    }

    private static List<FieldSpec> toFields(List<io.knarr.v1.FieldSpec> fields, FieldPath path, int depth) {
        if (fields.size() > Schema.MAX_FIELDS) {
            throw tooManyFields(path, fields.size());
        }
        List<FieldSpec> specs = new ArrayList<>(fields.size());
        Set<String> names = HashSet.newHashSet(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            specs.add(toField(fields.get(i), path.index(i), depth));
            requireNew(names, specs.getLast().name(), path.index(i).field("name"));
        }
        return specs;
    }

    private static FieldSpec toField(io.knarr.v1.FieldSpec field, FieldPath path, int depth) {
        String name = NameMapper.field(field.getName(), path.field("name"));
        FieldType type = toType(field.getType(), path.field("type"));
        FieldPath withinPath = path.field("fields");
        if (field.getFieldsCount() > 0 && type != FieldType.OBJECT) {
            throw Rejections.invalid(withinPath, "Only an object has fields within");
        }
        if (field.getFieldsCount() > 0 && depth == FieldSpec.MAX_DEPTH) {
            throw Rejections.limit(withinPath, "Declared fields nest too deeply", FieldSpec.MAX_DEPTH, depth + 1L);
        }
        return new FieldSpec(
                name,
                type,
                field.getList(),
                toFields(field.getFieldsList(), withinPath, depth + 1),
                toAnalyzer(field, type, path.field("text")));
    }

    private static String toAnalyzer(io.knarr.v1.FieldSpec field, FieldType type, FieldPath path) {
        if (type != FieldType.TEXT) {
            if (field.hasText()) {
                throw Rejections.invalid(path, "Only text has words");
            }
            return "";
        }
        String analyzer = field.getText().getAnalyzer();
        if (analyzer.isEmpty()) {
            return TextAnalyzers.DEFAULT;
        }
        if (!TextAnalyzers.NAMES.contains(analyzer)) {
            throw Rejections.invalid(path.field("analyzer"), "An analyzer must be one of the known")
                    .with("known", TextAnalyzers.NAMES.stream().sorted().collect(Collectors.joining(" ")));
        }
        return analyzer;
    }

    private static void requireNew(Set<String> names, String name, FieldPath path) {
        if (!names.add(name)) {
            throw Rejections.invalid(path, "A name is declared twice").with("name", name);
        }
    }

    private static Metric toMetric(io.knarr.v1.Metric metric, FieldPath path) {
        return switch (metric) {
            case METRIC_COSINE -> Metric.COSINE;
            case METRIC_DOT -> Metric.DOT;
            case METRIC_EUCLID -> Metric.EUCLID;
            case METRIC_MANHATTAN -> Metric.MANHATTAN;
            case METRIC_UNSPECIFIED, UNRECOGNIZED ->
                throw Rejections.invalid(path, "A metric must be one of the known");
        };
    }

    private static FieldType toType(io.knarr.v1.FieldType type, FieldPath path) {
        return switch (type) {
            case FIELD_TYPE_STRING -> FieldType.STRING;
            case FIELD_TYPE_INT64 -> FieldType.INT64;
            case FIELD_TYPE_FLOAT64 -> FieldType.FLOAT64;
            case FIELD_TYPE_BOOL -> FieldType.BOOL;
            case FIELD_TYPE_TIMESTAMP -> FieldType.TIMESTAMP;
            case FIELD_TYPE_UUID -> FieldType.UUID;
            case FIELD_TYPE_GEO -> FieldType.GEO;
            case FIELD_TYPE_PATH -> FieldType.PATH;
            case FIELD_TYPE_TEXT -> FieldType.TEXT;
            case FIELD_TYPE_OBJECT -> FieldType.OBJECT;
            case FIELD_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw Rejections.invalid(path, "A field's type must be one of the known");
        };
    }

    /** Returns a collection as protobuf, without its count of records. */
    static io.knarr.v1.Collection toProto(Collection collection) {
        io.knarr.v1.Collection.Builder proto = io.knarr.v1.Collection.newBuilder()
                .setName(collection.name())
                .setIncarnation(collection.incarnation().toString())
                .setCreateTime(ValueMapper.toProto(collection.createTime()))
                .setSchema(toProto(collection.schema()));
        collection.defaultTtl().map(ValueMapper::toProto).ifPresent(proto::setDefaultTtl);
        return proto.build();
    }

    private static io.knarr.v1.Schema toProto(Schema schema) {
        io.knarr.v1.Schema.Builder proto = io.knarr.v1.Schema.newBuilder().setClosed(schema.closed());
        schema.vectors().forEach(vector -> proto.addVectorsBuilder()
                .setName(vector.name())
                .setKind(toProto(vector.kind()))
                .setDimension(vector.dimension())
                .setMetric(toProto(vector.metric()))
                .setElement(toProto(vector.element()))
                .setIdf(vector.idf()));
        schema.fields().forEach(field -> proto.addFields(toProto(field)));
        return proto.build();
    }

    private static io.knarr.v1.FieldSpec toProto(FieldSpec field) {
        io.knarr.v1.FieldSpec.Builder proto = io.knarr.v1.FieldSpec.newBuilder()
                .setName(field.name())
                .setType(toProto(field.type()))
                .setList(field.list());
        if (field.type() == FieldType.TEXT) {
            proto.setText(TextOptions.newBuilder().setAnalyzer(field.analyzer()));
        }
        field.fields().forEach(within -> proto.addFields(toProto(within)));
        return proto.build();
    }

    /** Returns a metric as protobuf. */
    static io.knarr.v1.Metric toProto(Metric metric) {
        return switch (metric) {
            case COSINE -> io.knarr.v1.Metric.METRIC_COSINE;
            case DOT -> io.knarr.v1.Metric.METRIC_DOT;
            case EUCLID -> io.knarr.v1.Metric.METRIC_EUCLID;
            case MANHATTAN -> io.knarr.v1.Metric.METRIC_MANHATTAN;
        };
    }

    private static io.knarr.v1.FieldType toProto(FieldType type) {
        return switch (type) {
            case STRING -> io.knarr.v1.FieldType.FIELD_TYPE_STRING;
            case INT64 -> io.knarr.v1.FieldType.FIELD_TYPE_INT64;
            case FLOAT64 -> io.knarr.v1.FieldType.FIELD_TYPE_FLOAT64;
            case BOOL -> io.knarr.v1.FieldType.FIELD_TYPE_BOOL;
            case TIMESTAMP -> io.knarr.v1.FieldType.FIELD_TYPE_TIMESTAMP;
            case UUID -> io.knarr.v1.FieldType.FIELD_TYPE_UUID;
            case GEO -> io.knarr.v1.FieldType.FIELD_TYPE_GEO;
            case PATH -> io.knarr.v1.FieldType.FIELD_TYPE_PATH;
            case TEXT -> io.knarr.v1.FieldType.FIELD_TYPE_TEXT;
            case OBJECT -> io.knarr.v1.FieldType.FIELD_TYPE_OBJECT;
        };
    }
}
