package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Filter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import io.knarr.v1.ValuesCountFilter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What filters mean, written from the API's words and not from the server's code. */
final class ModelFilter {
    private ModelFilter() {}

    /** Returns whether a record, as it is stored, matches. */
    static boolean matches(Filter filter, Schema schema, Record record) {
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
                                Schema.getDefaultInstance(),
                                Record.newBuilder()
                                        .putAllFields(object.getObjectValue().getFieldsMap())
                                        .build()));
            default -> throw new IllegalArgumentException("The model does not know " + filter.getKindCase());
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

    /** Returns a value as a field keeps it: UUIDs in lower case. */
    static Value asStored(String path, Value value, Schema schema) {
        boolean uuid = schema.getFieldsList().stream()
                .anyMatch(field -> field.getName().equals(path) && field.getType() == FieldType.FIELD_TYPE_UUID);
        if (!uuid) {
            return value;
        }
        if (value.hasListValue()) {
            return Requests.list(value.getListValue().getValuesList().stream()
                    .map(element -> asStored(path, element, schema))
                    .toArray(Value[]::new));
        }
        return value.hasStringValue() ? Requests.text(value.getStringValue().toLowerCase(Locale.ROOT)) : value;
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

    /** Returns the reason for which a filter that is well formed is refused by a schema; empty where it is not. */
    static Optional<String> refusal(Filter filter, Schema schema) {
        return switch (filter.getKindCase()) {
            case AND -> first(filter.getAnd().getFiltersList(), schema);
            case OR -> first(filter.getOr().getFiltersList(), schema);
            case NOT -> refusal(filter.getNot().getFilter(), schema);
            case EQUAL ->
                ofOperands(
                        filter.getEqual().getField(), schema, filter.getEqual().getValuesList(), false);
            case RANGE -> ofOperands(filter.getRange().getField(), schema, bounds(filter.getRange()), true);
            case EXISTS -> ofOperands(filter.getExists().getField(), schema, List.of(), false);
            case MIN_SHOULD -> first(filter.getMinShould().getFiltersList(), schema);
            case PREFIX -> ofKind(filter.getPrefix().getField(), schema, true);
            case CONTAINS -> ofKind(filter.getContains().getField(), schema, true);
            case REGEX -> ofKind(filter.getRegex().getField(), schema, true);
            case NESTED -> ofKind(filter.getNested().getField(), schema, false);
            case CONTAINS_ALL ->
                ofOperands(
                        filter.getContainsAll().getField(),
                        schema,
                        filter.getContainsAll().getValuesList(),
                        false);
            case VALUES_COUNT -> ofOperands(filter.getValuesCount().getField(), schema, List.of(), false);
            case IS_NULL -> ofOperands(filter.getIsNull().getField(), schema, List.of(), false);
            case IS_EMPTY -> ofOperands(filter.getIsEmpty().getField(), schema, List.of(), false);
            default -> Optional.empty();
        };
    }

    private static List<Value> bounds(RangeFilter range) {
        return List.of(range.getGt(), range.getGte(), range.getLt(), range.getLte()).stream()
                .filter(bound -> bound.getKindCase() != Value.KindCase.KIND_NOT_SET)
                .toList();
    }

    private static Optional<String> first(List<Filter> filters, Schema schema) {
        return filters.stream().flatMap(part -> refusal(part, schema).stream()).findFirst();
    }

    /** Conditions on text fit declared text only, those on objects nothing that is declared. */
    private static Optional<String> ofKind(String path, Schema schema, boolean text) {
        Optional<String> unknown = ofOperands(path, schema, List.of(), false);
        if (unknown.isPresent()) {
            return unknown;
        }
        boolean fits = schema.getFieldsList().stream()
                .filter(field -> field.getName().equals(path))
                .allMatch(field -> text && field.getType() == FieldType.FIELD_TYPE_STRING);
        return fits ? Optional.empty() : Optional.of("TYPE_MISMATCH");
    }

    private static Optional<String> ofOperands(String path, Schema schema, List<Value> operands, boolean range) {
        int dot = path.indexOf('.');
        String top = dot < 0 ? path : path.substring(0, dot);
        Optional<FieldSpec> declared = schema.getFieldsList().stream()
                .filter(field -> field.getName().equals(top))
                .findFirst();
        if (declared.isEmpty()) {
            return schema.getClosed() ? Optional.of("UNKNOWN_FIELD") : Optional.empty();
        }
        if (dot >= 0) {
            return Optional.of("UNKNOWN_FIELD");
        }
        FieldType type = declared.get().getType();
        if (range && (type == FieldType.FIELD_TYPE_BOOL || type == FieldType.FIELD_TYPE_UUID)) {
            return Optional.of("TYPE_MISMATCH");
        }
        boolean numeric = type == FieldType.FIELD_TYPE_INT64 || type == FieldType.FIELD_TYPE_FLOAT64;
        boolean fits = operands.stream()
                .allMatch(operand ->
                        (range && numeric && ModelValues.isNumber(operand)) || RandomSchema.fits(operand, type));
        return fits ? Optional.empty() : Optional.of("TYPE_MISMATCH");
    }
}
