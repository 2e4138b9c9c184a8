package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.OrderBy;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The order of values of all kinds, and of records by them. */
final class ModelOrder {
    /** False, true, numbers, text, instants. */
    static final Comparator<Value> BY_VALUE = (left, right) -> {
        int kinds = Integer.compare(kind(left), kind(right));
        if (kinds != 0) {
            return kinds;
        }
        return left.hasBoolValue()
                ? Boolean.compare(left.getBoolValue(), right.getBoolValue())
                : ModelValues.compare(left, right).orElseThrow();
    };

    private ModelOrder() {}

    static boolean isOrdered(Value value) {
        return kind(value) < 4;
    }

    private static int kind(Value value) {
        return switch (value.getKindCase()) {
            case BOOL_VALUE -> 0;
            case INT64_VALUE, DOUBLE_VALUE -> 1;
            case STRING_VALUE -> 2;
            case TIMESTAMP_VALUE -> 3;
            default -> 4;
        };
    }

    /** Returns the records in the order of a field. */
    static List<Record> sorted(List<Record> records, OrderBy order) {
        Comparator<Value> byValue = order.getDescending() ? BY_VALUE.reversed() : BY_VALUE;
        return records.stream()
                .sorted((left, right) -> {
                    Optional<Value> a = value(left, order);
                    Optional<Value> b = value(right, order);
                    if (a.isPresent() != b.isPresent()) {
                        return a.isPresent() ? -1 : 1;
                    }
                    int found = a.isPresent() ? byValue.compare(a.get(), b.get()) : 0;
                    return found != 0 ? found : ModelValues.BY_ID.compare(left.getId(), right.getId());
                })
                .toList();
    }

    private static Optional<Value> value(Record record, OrderBy order) {
        return ModelValues.whole(record.getFieldsMap(), order.getField()).filter(value -> !value.hasNullValue());
    }

    /** Returns the reasons for which the order is refused. */
    static Set<String> refusals(OrderBy order, Schema schema, List<Record> records) {
        Set<String> reasons = new HashSet<>();
        ModelScope scope = ModelScope.of(schema);
        if (!scope.knows(order.getField())) {
            reasons.add("UNKNOWN_FIELD");
        }
        Optional<FieldSpec> declared = scope.find(order.getField());
        boolean never = declared.isPresent()
                && (scope.isList(order.getField())
                        || isWithoutOrder(declared.get().getType()));
        boolean once = records.stream()
                .flatMap(record -> value(record, order).stream())
                .anyMatch(value -> !isOrdered(value));
        if (never || once) {
            reasons.add("TYPE_MISMATCH");
        }
        return reasons;
    }

    private static boolean isWithoutOrder(FieldType type) {
        return type == FieldType.FIELD_TYPE_GEO || type == FieldType.FIELD_TYPE_OBJECT;
    }
}
