package io.knarr.it;

import io.knarr.v1.Record;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** How records are stored, and what patches make of them. */
final class ModelRecords {
    private ModelRecords() {}

    /** Returns the record as it is stored. */
    static Record.Builder stored(Record record, Schema schema) {
        return record.toBuilder()
                .clearFields()
                .putAllFields(ModelScope.of(schema).stored(record.getFieldsMap(), new HashSet<>()));
    }

    /** Returns the reasons for which a record may be refused. */
    static Set<String> refusals(Record record, Schema schema) {
        Set<String> reasons = new HashSet<>();
        if (record.getVectorsCount() == 0 && schema.getVectorsCount() > 0) {
            reasons.add("INVALID_FIELD");
        }
        var _ = ModelScope.of(schema).stored(record.getFieldsMap(), reasons);
        return reasons;
    }

    /** Returns what a patch makes of a record, as it would be given on write. Adds the reasons for which it may be refused. */
    static Record patched(Record record, RecordPatch patch, Set<String> reasons) {
        Map<String, Value> fields = new TreeMap<>(record.getFieldsMap());
        patch.getSetMap()
                .forEach((path, value) -> at(fields, path, true, reasons).put(value));
        patch.getUnsetList().forEach(path -> at(fields, path, false, reasons).remove());
        patch.getMergeMap().forEach((path, value) -> {
            Place place = at(fields, path, true, reasons);
            place.put(merged(place.value(), value));
        });
        patch.getIncrementMap().forEach((path, by) -> {
            Place place = at(fields, path, true, reasons);
            place.put(sum(place.value(), by, reasons));
        });
        patch.getAppendMap().forEach((path, added) -> {
            Place place = at(fields, path, true, reasons);
            place.put(appended(place.value(), added.getValuesList(), reasons));
        });
        patch.getRemoveMap().forEach((path, removed) -> {
            Place place = at(fields, path, false, reasons);
            place.value().ifPresent(value -> place.put(without(value, removed.getValuesList(), reasons)));
        });
        Record.Builder result = record.toBuilder().clearFields().putAllFields(fields);
        patch.getRemoveVectorsList().forEach(result::removeVectors);
        result.putAllVectors(patch.getVectorsMap());
        if (patch.hasExpireTime()) {
            result.setExpireTime(patch.getExpireTime());
        } else if (patch.getClearExpireTime()) {
            result.clearExpireTime();
        }
        return result.build();
    }

    /** A place in nested fields; writing to it writes to all objects around it. */
    private interface Place {
        Optional<Value> value();

        void put(Value value);

        void remove();
    }

    private static Place at(Map<String, Value> fields, String path, boolean making, Set<String> reasons) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            return new Place() {
                @Override
                public Optional<Value> value() {
                    return Optional.ofNullable(fields.get(path));
                }

                @Override
                public void put(Value value) {
                    fields.put(path, value);
                }

                @Override
                public void remove() {
                    fields.remove(path);
                }
            };
        }
        String first = path.substring(0, dot);
        Value outer = fields.getOrDefault(first, Value.getDefaultInstance());
        boolean object = outer.hasObjectValue();
        boolean absent = outer.getKindCase() == Value.KindCase.KIND_NOT_SET || outer.hasNullValue();
        if (!object && !absent && making) {
            reasons.add("TYPE_MISMATCH");
        }
        Map<String, Value> inner = new TreeMap<>(outer.getObjectValue().getFieldsMap());
        Place place = at(inner, path.substring(dot + 1), making, reasons);
        return new Place() {
            @Override
            public Optional<Value> value() {
                return object ? place.value() : Optional.empty();
            }

            @Override
            public void put(Value value) {
                place.put(value);
                write();
            }

            @Override
            public void remove() {
                if (object) {
                    place.remove();
                    write();
                }
            }

            private void write() {
                Value.Builder written = Value.newBuilder();
                written.getObjectValueBuilder().putAllFields(inner);
                fields.put(first, written.build());
            }
        };
    }

    private static Value merged(Optional<Value> before, Value value) {
        if (before.isEmpty() || !before.get().hasObjectValue() || !value.hasObjectValue()) {
            return value;
        }
        Map<String, Value> fields = new TreeMap<>(before.get().getObjectValue().getFieldsMap());
        value.getObjectValue()
                .getFieldsMap()
                .forEach((name, inner) -> fields.put(name, merged(Optional.ofNullable(fields.get(name)), inner)));
        Value.Builder result = Value.newBuilder();
        result.getObjectValueBuilder().putAllFields(fields);
        return result.build();
    }

    private static Value sum(Optional<Value> before, Value by, Set<String> reasons) {
        if (before.isEmpty() || before.get().hasNullValue()) {
            return by;
        }
        Value number = before.get();
        if (number.hasInt64Value() && by.hasInt64Value()) {
            BigInteger sum = BigInteger.valueOf(number.getInt64Value()).add(BigInteger.valueOf(by.getInt64Value()));
            if (sum.bitLength() > 63) {
                reasons.add("NUMBER_OVERFLOW");
                return number;
            }
            return Requests.number(sum.longValueExact());
        }
        if (number.hasDoubleValue() && ModelValues.isNumber(by)) {
            double added = by.hasInt64Value() ? (double) by.getInt64Value() : by.getDoubleValue();
            double sum = number.getDoubleValue() + added;
            if (Double.isInfinite(sum)) {
                reasons.add("NUMBER_OVERFLOW");
                return number;
            }
            return Requests.real(sum);
        }
        reasons.add("TYPE_MISMATCH");
        return number;
    }

    private static Value appended(Optional<Value> before, List<Value> added, Set<String> reasons) {
        List<Value> all = new ArrayList<>();
        if (before.isPresent() && !before.get().hasNullValue()) {
            if (!before.get().hasListValue()) {
                reasons.add("TYPE_MISMATCH");
                return before.get();
            }
            all.addAll(before.get().getListValue().getValuesList());
        }
        all.addAll(added);
        if (all.stream().map(Value::getKindCase).distinct().count() > 1) {
            reasons.add("TYPE_MISMATCH");
        }
        return Requests.list(all.toArray(Value[]::new));
    }

    private static Value without(Value before, List<Value> removed, Set<String> reasons) {
        if (before.hasNullValue()) {
            return before;
        }
        if (!before.hasListValue()) {
            reasons.add("TYPE_MISMATCH");
            return before;
        }
        return Requests.list(before.getListValue().getValuesList().stream()
                .filter(element -> removed.stream().noneMatch(value -> ModelValues.equal(element, value)))
                .toArray(Value[]::new));
    }
}
