package io.knarr.it;

import io.knarr.v1.RecordId;
import io.knarr.v1.Value;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What values mean, in the plainest way there is: numbers as decimals, text as bytes, paths by walking. The oracle's own; shares no code with the server. */
final class ModelValues {
    /** The order of ids: integers, then UUIDs, then text; each unsigned, text by its UTF-8. */
    static final Comparator<RecordId> BY_ID = (left, right) -> Arrays.compareUnsigned(idBytes(left), idBytes(right));

    private ModelValues() {}

    private static byte[] idBytes(RecordId id) {
        return switch (id.getKindCase()) {
            case UINT64_ID -> "1%016x".formatted(id.getUint64Id()).getBytes(StandardCharsets.UTF_8);
            case UUID -> {
                UUID uuid = UUID.fromString(id.getUuid());
                yield "2%016x%016x"
                        .formatted(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits())
                        .getBytes(StandardCharsets.UTF_8);
            }
            case STRING_ID -> ("3" + id.getStringId()).getBytes(StandardCharsets.UTF_8);
            case KIND_NOT_SET -> throw new IllegalArgumentException("An id without a kind");
        };
    }

    /** Returns the values at a path: those of a list one by one, none where there is nothing or null. */
    static List<Value> at(Map<String, Value> fields, String path) {
        int dot = path.indexOf('.');
        Value first = fields.get(dot < 0 ? path : path.substring(0, dot));
        if (first == null) {
            return List.of();
        }
        return dot < 0 ? elements(first) : within(first, path.substring(dot + 1));
    }

    private static List<Value> within(Value value, String path) {
        if (value.hasObjectValue()) {
            return at(value.getObjectValue().getFieldsMap(), path);
        }
        List<Value> found = new ArrayList<>();
        value.getListValue().getValuesList().forEach(element -> found.addAll(within(element, path)));
        return found;
    }

    /** Returns the whole value at a path; within a list of objects the list of what they have there, if any has something. */
    static Optional<Value> whole(Map<String, Value> fields, String path) {
        int dot = path.indexOf('.');
        Value first = fields.get(dot < 0 ? path : path.substring(0, dot));
        if (first == null || dot < 0) {
            return Optional.ofNullable(first);
        }
        return wholeWithin(first, path.substring(dot + 1));
    }

    private static Optional<Value> wholeWithin(Value value, String path) {
        if (value.hasListValue()) {
            List<Value> found = within(value, path);
            return found.isEmpty() ? Optional.empty() : Optional.of(Requests.list(found.toArray(Value[]::new)));
        }
        return value.hasObjectValue() ? whole(value.getObjectValue().getFieldsMap(), path) : Optional.empty();
    }

    private static List<Value> elements(Value value) {
        if (value.hasNullValue()) {
            return List.of();
        }
        return value.hasListValue() ? value.getListValue().getValuesList() : List.of(value);
    }

    /** Compares two values that have an order between them; empty where they have none. */
    static Optional<Integer> compare(Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            return Optional.of(decimal(left).compareTo(decimal(right)));
        }
        if (left.hasStringValue() && right.hasStringValue()) {
            return Optional.of(Arrays.compareUnsigned(
                    left.getStringValue().getBytes(StandardCharsets.UTF_8),
                    right.getStringValue().getBytes(StandardCharsets.UTF_8)));
        }
        if (left.hasTimestampValue() && right.hasTimestampValue()) {
            return Optional.of(decimalSeconds(left).compareTo(decimalSeconds(right)));
        }
        return Optional.empty();
    }

    /** Returns whether two scalars are equal: numbers by their value, whatever their kinds. */
    static boolean equal(Value left, Value right) {
        if (left.hasBoolValue() && right.hasBoolValue()) {
            return left.getBoolValue() == right.getBoolValue();
        }
        return compare(left, right).filter(order -> order == 0).isPresent();
    }

    static boolean isNumber(Value value) {
        return value.hasInt64Value() || value.hasDoubleValue();
    }

    static BigDecimal decimal(Value number) {
        return number.hasInt64Value()
                ? BigDecimal.valueOf(number.getInt64Value())
                : new BigDecimal(number.getDoubleValue());
    }

    private static BigDecimal decimalSeconds(Value instant) {
        return BigDecimal.valueOf(instant.getTimestampValue().getSeconds())
                .add(BigDecimal.valueOf(instant.getTimestampValue().getNanos(), 9));
    }
}
