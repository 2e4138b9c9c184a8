package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import io.knarr.v1.VectorSpec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The fields that are declared in one place: of a schema, or of an object within it.
 *
 * @param fields what is declared
 * @param closed whether there is nothing else
 * @param vectors names of vectors
 */
record ModelScope(List<FieldSpec> fields, boolean closed, Set<String> vectors) {
    /** Where nothing is declared. */
    static final ModelScope FREE = new ModelScope(List.of(), false, Set.of());

    static ModelScope of(Schema schema) {
        return new ModelScope(
                schema.getFieldsList(),
                schema.getClosed(),
                schema.getVectorsList().stream().map(VectorSpec::getName).collect(Collectors.toSet()));
    }

    /** Returns the fields within an object. */
    ModelScope within(FieldSpec object) {
        return new ModelScope(object.getFieldsList(), closed && object.getFieldsCount() > 0, Set.of());
    }

    private Optional<FieldSpec> declared(String name) {
        return fields.stream().filter(field -> field.getName().equals(name)).findFirst();
    }

    /** Returns what is declared of a path, empty where nothing is. */
    Optional<FieldSpec> find(String path) {
        int dot = path.indexOf('.');
        Optional<FieldSpec> first = declared(dot < 0 ? path : path.substring(0, dot));
        return dot < 0 ? first : first.flatMap(spec -> within(spec).find(path.substring(dot + 1)));
    }

    /** Returns whether a path may be named at all. */
    boolean knows(String path) {
        int dot = path.indexOf('.');
        Optional<FieldSpec> first = declared(dot < 0 ? path : path.substring(0, dot));
        if (first.isEmpty()) {
            return !closed;
        }
        return dot < 0
                || (first.get().getType() == FieldType.FIELD_TYPE_OBJECT
                        && within(first.get()).knows(path.substring(dot + 1)));
    }

    /** Returns whether a record may have several values at a path, by what is declared. */
    boolean isList(String path) {
        int dot = path.indexOf('.');
        Optional<FieldSpec> first = declared(dot < 0 ? path : path.substring(0, dot));
        return first.isPresent()
                && (first.get().getList() || (dot >= 0 && within(first.get()).isList(path.substring(dot + 1))));
    }

    /** Returns fields as they are stored, and adds the reasons for which they may be refused. */
    Map<String, Value> stored(Map<String, Value> given, Set<String> reasons) {
        Map<String, Value> stored = new TreeMap<>();
        given.forEach((name, value) -> {
            Optional<FieldSpec> spec = declared(name);
            if (spec.isEmpty() && closed) {
                reasons.add("UNKNOWN_FIELD");
            }
            stored.put(name, spec.map(field -> stored(value, field, reasons)).orElse(value));
        });
        return stored;
    }

    private Value stored(Value value, FieldSpec spec, Set<String> reasons) {
        if (value.hasNullValue()) {
            return value;
        }
        if (!spec.getList()) {
            return storedOne(value, spec, reasons);
        }
        if (!value.hasListValue()) {
            reasons.add("TYPE_MISMATCH");
            return value;
        }
        return Requests.list(value.getListValue().getValuesList().stream()
                .map(element -> storedOne(element, spec, reasons))
                .toArray(Value[]::new));
    }

    private Value storedOne(Value value, FieldSpec spec, Set<String> reasons) {
        if (!fits(value, spec.getType())) {
            reasons.add("TYPE_MISMATCH");
            return value;
        }
        if (value.hasObjectValue() && spec.getFieldsCount() > 0) {
            Value.Builder object = Value.newBuilder();
            object.getObjectValueBuilder()
                    .putAllFields(within(spec).stored(value.getObjectValue().getFieldsMap(), reasons));
            return object.build();
        }
        return asStored(value, spec.getType());
    }

    /** Returns a scalar as a field keeps it: UUIDs in lower case, paths in one form. */
    static Value asStored(Value value, FieldType type) {
        return switch (type) {
            case FIELD_TYPE_UUID -> Requests.text(value.getStringValue().toLowerCase(Locale.ROOT));
            case FIELD_TYPE_PATH -> Requests.text(path(value.getStringValue()).orElseThrow());
            default -> value;
        };
    }

    /** Returns the one form of a path, empty where the text is none. */
    static Optional<String> path(String text) {
        List<String> segments = Arrays.asList(text.split("/", -1));
        if (!text.startsWith("/") || segments.contains(".") || segments.contains("..")) {
            return Optional.empty();
        }
        return Optional.of(
                "/" + segments.stream().filter(segment -> !segment.isEmpty()).collect(Collectors.joining("/")));
    }

    /** Returns whether a value is of a declared type. */
    static boolean fits(Value value, FieldType type) {
        return switch (type) {
            case FIELD_TYPE_STRING, FIELD_TYPE_TEXT -> value.hasStringValue();
            case FIELD_TYPE_INT64 -> value.hasInt64Value();
            case FIELD_TYPE_FLOAT64 ->
                value.hasDoubleValue()
                        || (value.hasInt64Value()
                                && new BigDecimal((double) value.getInt64Value())
                                                .compareTo(BigDecimal.valueOf(value.getInt64Value()))
                                        == 0);
            case FIELD_TYPE_BOOL -> value.hasBoolValue();
            case FIELD_TYPE_TIMESTAMP -> value.hasTimestampValue();
            case FIELD_TYPE_UUID ->
                value.hasStringValue() && value.getStringValue().matches("[0-9a-fA-F]+(-[0-9a-fA-F]+){4}");
            case FIELD_TYPE_GEO -> value.hasGeoValue();
            case FIELD_TYPE_PATH ->
                value.hasStringValue() && path(value.getStringValue()).isPresent();
            case FIELD_TYPE_OBJECT -> value.hasObjectValue();
            case FIELD_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("The model does not know " + type);
        };
    }
}
