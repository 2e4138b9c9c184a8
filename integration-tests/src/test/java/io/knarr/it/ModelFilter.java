package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Filter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

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
            default -> throw new IllegalArgumentException("The model does not know " + filter.getKindCase());
        };
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
