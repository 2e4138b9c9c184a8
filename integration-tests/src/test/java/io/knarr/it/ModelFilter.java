package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Filter;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.PathFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import io.knarr.v1.ValuesCountFilter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What filters mean, written from the API's words and not from the server's code. */
final class ModelFilter {
    private static final Set<FieldType> TEXTUAL =
            Set.of(FieldType.FIELD_TYPE_STRING, FieldType.FIELD_TYPE_TEXT, FieldType.FIELD_TYPE_PATH);
    private static final Set<FieldType> RANGED = Set.of(
            FieldType.FIELD_TYPE_STRING,
            FieldType.FIELD_TYPE_TEXT,
            FieldType.FIELD_TYPE_INT64,
            FieldType.FIELD_TYPE_FLOAT64,
            FieldType.FIELD_TYPE_TIMESTAMP);

    private ModelFilter() {}

    /** Returns whether a record, as it is stored, matches. */
    static boolean matches(Filter filter, Schema schema, Record record) {
        return matches(filter, ModelScope.of(schema), record);
    }

    private static boolean matches(Filter filter, ModelScope schema, Record record) {
        return switch (filter.getKindCase()) {
            case AND -> filter.getAnd().getFiltersList().stream().allMatch(part -> matches(part, schema, record));
            case OR -> filter.getOr().getFiltersList().stream().anyMatch(part -> matches(part, schema, record));
            case NOT -> !matches(filter.getNot().getFilter(), schema, record);
            case EQUAL ->
                ModelValues.at(record.getFieldsMap(), filter.getEqual().getField()).stream()
                        .anyMatch(value -> filter.getEqual().getValuesList().stream()
                                .anyMatch(wanted -> ModelValues.equal(
                                        value, asStored(filter.getEqual().getField(), wanted, schema))));
            case RANGE ->
                ModelValues.at(record.getFieldsMap(), filter.getRange().getField()).stream()
                        .anyMatch(value -> isWithin(value, filter.getRange()));
            case HAS_ID -> filter.getHasId().getIdsList().contains(record.getId());
            case EXISTS ->
                !ModelValues.at(record.getFieldsMap(), filter.getExists().getField())
                        .isEmpty();
            case MIN_SHOULD ->
                filter.getMinShould().getFiltersList().stream()
                                .filter(part -> matches(part, schema, record))
                                .count()
                        >= filter.getMinShould().getMinCount();
            case PREFIX ->
                texts(record, filter.getPrefix().getField())
                        .anyMatch(text -> text.startsWith(filter.getPrefix().getPrefix()));
            case CONTAINS ->
                texts(record, filter.getContains().getField())
                        .anyMatch(text -> text.contains(filter.getContains().getSubstring()));
            case REGEX -> {
                Pattern pattern = Pattern.compile(filter.getRegex().getPattern());
                yield texts(record, filter.getRegex().getField())
                        .anyMatch(text -> pattern.matcher(text).find());
            }
            case CONTAINS_ALL -> {
                String field = filter.getContainsAll().getField();
                List<Value> there = ModelValues.at(record.getFieldsMap(), field);
                yield filter.getContainsAll().getValuesList().stream()
                        .map(wanted -> asStored(field, wanted, schema))
                        .allMatch(wanted -> there.stream().anyMatch(value -> ModelValues.equal(value, wanted)));
            }
            case VALUES_COUNT -> isCount(filter.getValuesCount(), record);
            case IS_NULL ->
                ModelValues.whole(record.getFieldsMap(), filter.getIsNull().getField())
                        .filter(value -> !value.hasNullValue())
                        .isEmpty();
            case IS_EMPTY ->
                ModelValues.at(record.getFieldsMap(), filter.getIsEmpty().getField())
                        .isEmpty();
            case HAS_VECTOR -> record.containsVectors(filter.getHasVector().getVectorName());
            case NESTED ->
                ModelValues.at(record.getFieldsMap(), filter.getNested().getField()).stream()
                        .filter(Value::hasObjectValue)
                        .anyMatch(object -> matches(
                                filter.getNested().getFilter(),
                                schema.find(filter.getNested().getField())
                                        .map(schema::within)
                                        .orElse(ModelScope.FREE),
                                Record.newBuilder()
                                        .putAllFields(object.getObjectValue().getFieldsMap())
                                        .build()));
            case TEXT_MATCH -> {
                String analyzer = schema.find(filter.getTextMatch().getField())
                        .map(ModelWords::analyzer)
                        .orElse(ModelWords.STANDARD);
                yield texts(record, filter.getTextMatch().getField())
                        .anyMatch(text -> ModelWords.matches(text, filter.getTextMatch(), analyzer));
            }
            case PATH ->
                texts(record, filter.getPath().getField()).anyMatch(text -> ModelScope.path(text)
                        .filter(path -> isUnder(path, filter.getPath()))
                        .isPresent());
            case GEO_RADIUS ->
                places(record, filter.getGeoRadius().getField())
                        .anyMatch(place -> ModelGeo.isWithin(place, filter.getGeoRadius()));
            case GEO_BOX ->
                places(record, filter.getGeoBox().getField())
                        .anyMatch(place -> ModelGeo.isWithin(place, filter.getGeoBox()));
            case GEO_POLYGON ->
                places(record, filter.getGeoPolygon().getField())
                        .anyMatch(place ->
                                ModelGeo.isWithin(place, filter.getGeoPolygon().getExterior())
                                        && filter.getGeoPolygon().getHolesList().stream()
                                                .noneMatch(hole -> ModelGeo.isWithin(place, hole)));
            case KIND_NOT_SET -> throw new IllegalArgumentException("A filter without a kind");
        };
    }

    private static Stream<String> texts(Record record, String path) {
        return ModelValues.at(record.getFieldsMap(), path).stream()
                .filter(Value::hasStringValue)
                .map(Value::getStringValue);
    }

    private static boolean isCount(ValuesCountFilter filter, Record record) {
        Optional<Value> value = ModelValues.whole(record.getFieldsMap(), filter.getField());
        if (value.isEmpty() || value.get().hasNullValue()) {
            return false;
        }
        int count = value.get().hasListValue() ? value.get().getListValue().getValuesCount() : 1;
        return (!filter.hasGt() || count > filter.getGt())
                && (!filter.hasGte() || count >= filter.getGte())
                && (!filter.hasLt() || count < filter.getLt())
                && (!filter.hasLte() || count <= filter.getLte());
    }

    private static Stream<GeoPoint> places(Record record, String path) {
        return ModelValues.at(record.getFieldsMap(), path).stream()
                .filter(Value::hasGeoValue)
                .map(Value::getGeoValue);
    }

    /** Segment by segment. */
    private static boolean isUnder(String path, PathFilter filter) {
        List<String> wanted = segments(ModelScope.path(filter.getPath()).orElseThrow());
        List<String> given = segments(path);
        return given.size() >= wanted.size()
                && given.subList(0, wanted.size()).equals(wanted)
                && (!filter.hasMaxDepth() || given.size() - wanted.size() <= filter.getMaxDepth());
    }

    private static List<String> segments(String path) {
        return path.equals("/") ? List.of() : List.of(path.substring(1).split("/", -1));
    }

    private static Value asStored(String path, Value value, ModelScope schema) {
        return schema.find(path)
                .map(spec -> ModelScope.asStored(value, spec.getType()))
                .orElse(value);
    }

    private static boolean isWithin(Value value, RangeFilter range) {
        return (!range.hasGt() || holds(value, range.getGt(), order -> order > 0))
                && (!range.hasGte() || holds(value, range.getGte(), order -> order >= 0))
                && (!range.hasLt() || holds(value, range.getLt(), order -> order < 0))
                && (!range.hasLte() || holds(value, range.getLte(), order -> order <= 0));
    }

    private static boolean holds(Value value, Value bound, IntPredicate wanted) {
        return ModelValues.compare(value, bound).filter(wanted::test).isPresent();
    }

    /** Returns a reason for which a filter that is well formed is refused by a schema; empty where it is not. */
    static Optional<String> refusal(Filter filter, Schema schema) {
        return refusal(filter, ModelScope.of(schema));
    }

    private static Optional<String> refusal(Filter filter, ModelScope schema) {
        return switch (filter.getKindCase()) {
            case AND -> first(filter.getAnd().getFiltersList(), schema);
            case OR -> first(filter.getOr().getFiltersList(), schema);
            case NOT -> refusal(filter.getNot().getFilter(), schema);
            case MIN_SHOULD -> first(filter.getMinShould().getFiltersList(), schema);
            case EQUAL ->
                ofOperands(
                        filter.getEqual().getField(), schema, filter.getEqual().getValuesList(), false);
            case CONTAINS_ALL ->
                ofOperands(
                        filter.getContainsAll().getField(),
                        schema,
                        filter.getContainsAll().getValuesList(),
                        false);
            case RANGE ->
                ofType(filter.getRange().getField(), schema, RANGED)
                        .or(() -> ofOperands(filter.getRange().getField(), schema, bounds(filter.getRange()), true));
            case PREFIX -> ofType(filter.getPrefix().getField(), schema, TEXTUAL);
            case CONTAINS -> ofType(filter.getContains().getField(), schema, TEXTUAL);
            case REGEX -> ofType(filter.getRegex().getField(), schema, TEXTUAL);
            case TEXT_MATCH -> ofType(filter.getTextMatch().getField(), schema, Set.of(FieldType.FIELD_TYPE_TEXT));
            case PATH -> ofType(filter.getPath().getField(), schema, Set.of(FieldType.FIELD_TYPE_PATH));
            case GEO_RADIUS -> ofType(filter.getGeoRadius().getField(), schema, Set.of(FieldType.FIELD_TYPE_GEO));
            case GEO_BOX -> ofType(filter.getGeoBox().getField(), schema, Set.of(FieldType.FIELD_TYPE_GEO));
            case GEO_POLYGON -> ofType(filter.getGeoPolygon().getField(), schema, Set.of(FieldType.FIELD_TYPE_GEO));
            case NESTED -> {
                String field = filter.getNested().getField();
                ModelScope within = schema.find(field).map(schema::within).orElse(ModelScope.FREE);
                yield ofType(field, schema, Set.of(FieldType.FIELD_TYPE_OBJECT))
                        .or(() -> refusal(filter.getNested().getFilter(), within));
            }
            case EXISTS -> unknown(filter.getExists().getField(), schema);
            case VALUES_COUNT -> unknown(filter.getValuesCount().getField(), schema);
            case IS_NULL -> unknown(filter.getIsNull().getField(), schema);
            case IS_EMPTY -> unknown(filter.getIsEmpty().getField(), schema);
            case HAS_VECTOR ->
                schema.vectors().contains(filter.getHasVector().getVectorName())
                        ? Optional.empty()
                        : Optional.of("UNKNOWN_FIELD");
            case HAS_ID -> Optional.empty();
            case KIND_NOT_SET -> throw new IllegalArgumentException("A filter without a kind");
        };
    }

    private static List<Value> bounds(RangeFilter range) {
        return List.of(range.getGt(), range.getGte(), range.getLt(), range.getLte()).stream()
                .filter(bound -> bound.getKindCase() != Value.KindCase.KIND_NOT_SET)
                .toList();
    }

    private static Optional<String> first(List<Filter> filters, ModelScope schema) {
        return filters.stream().flatMap(part -> refusal(part, schema).stream()).findFirst();
    }

    private static Optional<String> unknown(String path, ModelScope schema) {
        return schema.knows(path) ? Optional.empty() : Optional.of("UNKNOWN_FIELD");
    }

    /** Conditions of a kind fit fields of some types only, where a type is declared. */
    private static Optional<String> ofType(String path, ModelScope schema, Set<FieldType> types) {
        return unknown(path, schema).or(() -> schema.find(path)
                .filter(spec -> !types.contains(spec.getType()))
                .map(_ -> "TYPE_MISMATCH"));
    }

    private static Optional<String> ofOperands(String path, ModelScope schema, List<Value> operands, boolean range) {
        Optional<String> unknown = unknown(path, schema);
        Optional<FieldSpec> declared = schema.find(path);
        if (unknown.isPresent() || declared.isEmpty()) {
            return unknown;
        }
        FieldType type = declared.get().getType();
        boolean numeric = type == FieldType.FIELD_TYPE_INT64 || type == FieldType.FIELD_TYPE_FLOAT64;
        boolean fits = operands.stream()
                .allMatch(operand ->
                        (range && numeric && ModelValues.isNumber(operand)) || ModelScope.fits(operand, type));
        return fits ? Optional.empty() : Optional.of("TYPE_MISMATCH");
    }
}
