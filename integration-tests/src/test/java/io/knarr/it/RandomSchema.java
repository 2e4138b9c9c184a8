package io.knarr.it;

import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Schemas, records and values at random. Few distinct values, so that equality, ties and lists meet; and those at which number formats end:
 * {@code 2^53 + 1}, both ends of 64 bits, zeros of either sign, text beyond the basic plane.
 */
final class RandomSchema {
    /** Names of top-level fields, some declared and some not. */
    static final List<String> NAMES = List.of("a", "b", "c", "d", "o");

    /** Paths that filters name. */
    static final List<String> PATHS = List.of("a", "b", "c", "d", "o", "o.a", "o.b", "o.o.a");

    private static final List<FieldType> TYPES = List.of(
            FieldType.FIELD_TYPE_STRING,
            FieldType.FIELD_TYPE_INT64,
            FieldType.FIELD_TYPE_FLOAT64,
            FieldType.FIELD_TYPE_BOOL,
            FieldType.FIELD_TYPE_TIMESTAMP,
            FieldType.FIELD_TYPE_UUID);
    private static final long[] INTEGERS = {
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        -1,
        0,
        1,
        2,
        (1L << 53) - 1,
        1L << 53,
        (1L << 53) + 1,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE
    };
    private static final double[] DOUBLES = {
        -0x1p63, -1, -0.0, 0.0, 0.5, 1, 2, 0x1p53, 0x1p63, 1e300, Double.MIN_VALUE, -Double.MAX_VALUE
    };
    private static final String[] TEXTS = {"", "a", "ab", "b", "A", "\u00e4", "\ud835\udcb3", "\uffee", "a.b", "/a/b"};
    private static final long[] SECONDS = {-62_135_596_800L, -1, 0, 1, 1_700_000_000L, 253_402_300_799L};
    private static final int IDS = 40;

    private final SplittableRandom random;
    private final List<UUID> uuids = new ArrayList<>();

    RandomSchema(SplittableRandom random) {
        this.random = random;
        for (int i = 0; i < 4; i++) {
            uuids.add(new UUID(random.nextLong(), random.nextLong()));
        }
    }

    Schema schema() {
        Schema.Builder schema = Schema.newBuilder().setClosed(random.nextInt(4) == 0);
        int vectors = 1 + random.nextInt(2);
        for (int i = 0; i < vectors; i++) {
            schema.addVectors(VectorSpec.newBuilder()
                    .setName("v" + i)
                    .setDimension(1 + random.nextInt(6))
                    .setMetric(Metric.forNumber(1 + random.nextInt(4))));
        }
        for (String name : NAMES.subList(0, random.nextInt(4))) {
            schema.addFields(
                    FieldSpec.newBuilder().setName(name).setType(pick(TYPES)).setList(random.nextInt(4) == 0));
        }
        return schema.build();
    }

    /** Returns a record that the schema takes, mostly. */
    Record record(Schema schema) {
        Record.Builder record = Record.newBuilder().setId(id());
        for (String name : NAMES) {
            if (random.nextInt(3) == 0) {
                continue;
            }
            FieldSpec spec = schema.getFieldsList().stream()
                    .filter(field -> field.getName().equals(name))
                    .findFirst()
                    .orElse(null);
            if (spec != null) {
                record.putFields(name, random.nextInt(40) == 0 ? anything(0) : declared(spec));
            } else if (!schema.getClosed() || random.nextInt(60) == 0) {
                record.putFields(name, anything(0));
            }
        }
        int always = random.nextInt(schema.getVectorsCount());
        for (int i = 0; i < schema.getVectorsCount(); i++) {
            if (i == always || random.nextInt(3) > 0) {
                record.putVectors(
                        schema.getVectors(i).getName(),
                        vector(schema.getVectors(i).getDimension()));
            }
        }
        return record.build();
    }

    RecordId id() {
        int number = random.nextInt(IDS);
        return switch (number % 3) {
            case 0 ->
                RecordId.newBuilder().setUint64Id(number == 0 ? -1L : number).build();
            case 1 ->
                RecordId.newBuilder()
                        .setUuid(new UUID(number % 2 == 0 ? -number : number, number).toString())
                        .build();
            default -> RecordId.newBuilder().setStringId("r" + number).build();
        };
    }

    /** Returns a vector of small integers, of which sums of squares are exact. */
    Vector vector(int dimension) {
        Vector.Builder vector = Vector.newBuilder();
        for (int i = 0; i < dimension; i++) {
            vector.addValues(random.nextInt(7) - 3);
        }
        return vector.build();
    }

    private Value declared(FieldSpec spec) {
        if (random.nextInt(10) == 0) {
            return Value.newBuilder().setNullValue(true).build();
        }
        if (!spec.getList()) {
            return of(spec.getType());
        }
        Value[] elements = new Value[random.nextInt(4)];
        boolean whole = random.nextBoolean();
        for (int i = 0; i < elements.length; i++) {
            elements[i] = spec.getType() == FieldType.FIELD_TYPE_FLOAT64 ? number(whole) : of(spec.getType());
        }
        return Requests.list(elements);
    }

    /** Returns a value of a type: for doubles an integer, too, where it converts exactly. */
    Value of(FieldType type) {
        return switch (type) {
            case FIELD_TYPE_STRING -> Requests.text(TEXTS[random.nextInt(TEXTS.length)]);
            case FIELD_TYPE_INT64 -> Requests.number(INTEGERS[random.nextInt(INTEGERS.length)]);
            case FIELD_TYPE_FLOAT64 -> number(random.nextInt(4) == 0);
            case FIELD_TYPE_BOOL -> Requests.bool(random.nextBoolean());
            case FIELD_TYPE_TIMESTAMP ->
                Requests.instant(SECONDS[random.nextInt(SECONDS.length)], random.nextInt(2) * 999_999_999);
            case FIELD_TYPE_UUID -> {
                String text = pick(uuids).toString();
                yield Requests.text(random.nextInt(3) == 0 ? text.toUpperCase(Locale.ROOT) : text);
            }
            default -> throw new IllegalArgumentException("The model does not know " + type);
        };
    }

    private Value number(boolean whole) {
        return whole ? Requests.number(random.nextInt(3)) : Requests.real(DOUBLES[random.nextInt(DOUBLES.length)]);
    }

    /** Returns a scalar of any type. */
    Value scalar() {
        return of(pick(TYPES));
    }

    private Value anything(int depth) {
        int roll = random.nextInt(12);
        if (roll == 0) {
            return Value.newBuilder().setNullValue(true).build();
        }
        if (roll == 1) {
            FieldType type = pick(TYPES);
            boolean whole = random.nextBoolean();
            Value[] elements = new Value[random.nextInt(4)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = type == FieldType.FIELD_TYPE_FLOAT64 ? number(whole) : of(type);
            }
            return Requests.list(elements);
        }
        if (roll < 4 && depth < 2) {
            return object(depth);
        }
        if (roll == 4 && depth < 2) {
            Value[] elements = new Value[random.nextInt(3)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = object(depth);
            }
            return Requests.list(elements);
        }
        return scalar();
    }

    private Value object(int depth) {
        Value.Builder object = Value.newBuilder();
        object.getObjectValueBuilder();
        for (String name : List.of("a", "b", "o")) {
            if (random.nextBoolean()) {
                object.getObjectValueBuilder().putFields(name, anything(depth + 1));
            }
        }
        return object.build();
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Returns whether a scalar is of a declared type. */
    static boolean fits(Value value, FieldType type) {
        return switch (type) {
            case FIELD_TYPE_STRING -> value.hasStringValue();
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
                value.hasStringValue() && value.getStringValue().length() == 36;
            default -> throw new IllegalArgumentException("The model does not know " + type);
        };
    }
}
