package io.knarr.it;

import io.knarr.v1.ElementType;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Schemas, records and values at random. Few distinct values, so that equality, ties and lists meet; and those at which number formats end:
 * {@code 2^53 + 1}, both ends of 64 bits, zeros of either sign, text beyond the basic plane.
 */
final class RandomSchema {
    /** Names of top-level fields, some declared and some not. */
    static final List<String> NAMES = List.of("a", "b", "c", "d", "o");

    /** Paths that filters name. */
    static final List<String> PATHS = List.of("a", "b", "c", "d", "o", "o.a", "o.b", "o.o.a");

    /** Types of which there can be any scalar. */
    private static final List<FieldType> TYPES = List.of(
            FieldType.FIELD_TYPE_STRING,
            FieldType.FIELD_TYPE_INT64,
            FieldType.FIELD_TYPE_FLOAT64,
            FieldType.FIELD_TYPE_BOOL,
            FieldType.FIELD_TYPE_TIMESTAMP,
            FieldType.FIELD_TYPE_UUID,
            FieldType.FIELD_TYPE_PATH,
            FieldType.FIELD_TYPE_TEXT);

    private static final List<FieldType> DECLARED = Stream.concat(
                    TYPES.stream(), Stream.of(FieldType.FIELD_TYPE_GEO, FieldType.FIELD_TYPE_OBJECT))
            .toList();
    static final List<String> WORDS = List.of("the", "red", "fox", "runs", "under", "Red", "blue", "stone");
    static final List<String> TREE = List.of("/", "/a", "/a/b", "//a//b/", "/ab", "/a/b/c", "/a/c", "/\u00e4/a");

    /** Where meridians, parallels and distances are special, and where they are not: by longitude and latitude. */
    private static final double[][] PLACES = {
        {0, 0},
        {180, 0},
        {-180, 0},
        {180, 60},
        {-179.9, 60},
        {179.5, 59.5},
        {10, 60},
        {11, 60},
        {0, 90},
        {77, 90},
        {0, -90},
        {-73.9, 40.7},
        {13.4, 52.5},
        {90, 0},
        {-90, 1}
    };

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
    /** The first second of the year 1, before which there is no timestamp. */
    static final long FIRST_SECOND = -62_135_596_800L;

    private static final long[] SECONDS = {FIRST_SECOND, -1, 0, 1, 1_700_000_000L, 253_402_300_799L};
    private static final int[] INDICES = {0, 1, 2, 3, 70_000, Integer.MAX_VALUE};
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
        int vectors = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(2);
        for (int i = 0; i < vectors; i++) {
            schema.addVectors(VectorSpec.newBuilder()
                    .setName("v" + i)
                    .setDimension(1 + random.nextInt(6))
                    .setElement(ElementType.forNumber(random.nextInt(4)))
                    .setMetric(Metric.forNumber(1 + random.nextInt(4))));
        }
        if (vectors > 0 && random.nextInt(3) == 0) {
            schema.addVectors(VectorSpec.newBuilder()
                    .setName("s")
                    .setKind(VectorKind.VECTOR_KIND_SPARSE)
                    .setIdf(random.nextBoolean()));
        }
        int least = vectors == 0 ? 1 : 0;
        for (String name : NAMES.subList(0, least + random.nextInt(4))) {
            schema.addFields(field(name, 1));
        }
        return schema.build();
    }

    private FieldSpec field(String name, int depth) {
        FieldSpec.Builder field =
                FieldSpec.newBuilder().setName(name).setType(pick(DECLARED)).setList(random.nextInt(4) == 0);
        if (field.getType() == FieldType.FIELD_TYPE_TEXT && random.nextBoolean()) {
            field.getTextBuilder().setAnalyzer(random.nextBoolean() ? ModelWords.WHITESPACE : ModelWords.STANDARD);
        }
        if (field.getType() == FieldType.FIELD_TYPE_OBJECT && depth < 3) {
            for (String inner : List.of("a", "b", "o").subList(0, random.nextInt(4))) {
                field.addFields(field(inner, depth + 1));
            }
        }
        return field.build();
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
        int always = random.nextInt(Math.max(1, schema.getVectorsCount()));
        for (int i = 0; i < schema.getVectorsCount(); i++) {
            if (i == always || random.nextInt(3) > 0) {
                record.putVectors(schema.getVectors(i).getName(), vector(schema.getVectors(i)));
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

    /** Returns a vector of small integers, of which sums of squares are exact; a sparse one has one to four, at few places. */
    Vector vector(VectorSpec spec) {
        Vector.Builder vector = Vector.newBuilder();
        if (spec.getKind() == VectorKind.VECTOR_KIND_SPARSE) {
            TreeSet<Integer> indices = new TreeSet<>();
            for (int count = 1 + random.nextInt(4); count > 0; count--) {
                indices.add(INDICES[random.nextInt(INDICES.length)]);
            }
            indices.forEach(
                    index -> vector.getSparseBuilder().addIndices(index).addValues(random.nextBoolean() ? 2 : -1));
        }
        for (int i = 0; i < spec.getDimension(); i++) {
            vector.addValues(random.nextInt(7) - 3);
        }
        return vector.build();
    }

    /** Returns a value for a path, of the declared type mostly. */
    Value value(String path, Schema schema) {
        return schema.getFieldsList().stream()
                .filter(field -> field.getName().equals(path) && random.nextInt(10) > 0)
                .findFirst()
                .map(this::declared)
                .orElseGet(() -> anything(0));
    }

    Value object() {
        return object(1);
    }

    /** Returns an integer or a number, small more often than not. */
    Value anyNumber() {
        return switch (random.nextInt(4)) {
            case 0 -> number(false);
            case 1, 2 -> Requests.number(INTEGERS[random.nextInt(INTEGERS.length)]);
            default -> number(true);
        };
    }

    private Value declared(FieldSpec spec) {
        if (random.nextInt(10) == 0) {
            return Value.newBuilder().setNullValue(true).build();
        }
        if (!spec.getList()) {
            return one(spec, random.nextInt(4) == 0);
        }
        Value[] elements = new Value[random.nextInt(4)];
        boolean whole = random.nextBoolean();
        for (int i = 0; i < elements.length; i++) {
            elements[i] = one(spec, whole);
        }
        return Requests.list(elements);
    }

    /** @param whole whether a number is an integer, where both fit */
    private Value one(FieldSpec spec, boolean whole) {
        return switch (spec.getType()) {
            case FIELD_TYPE_FLOAT64 -> number(whole);
            case FIELD_TYPE_OBJECT -> object(spec);
            default -> of(spec.getType());
        };
    }

    private Value object(FieldSpec spec) {
        Value.Builder object = Value.newBuilder();
        object.getObjectValueBuilder();
        for (FieldSpec inner : spec.getFieldsList()) {
            if (random.nextInt(4) > 0) {
                object.getObjectValueBuilder().putFields(inner.getName(), declared(inner));
            }
        }
        if (spec.getFieldsCount() == 0) {
            return object(1);
        }
        if (random.nextInt(20) == 0) {
            object.getObjectValueBuilder().putFields("o", anything(2));
        }
        return object.build();
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
            case FIELD_TYPE_GEO -> Value.newBuilder().setGeoValue(place()).build();
            case FIELD_TYPE_PATH -> Requests.text(pick(TREE));
            case FIELD_TYPE_TEXT -> Requests.text(words(8));
            default -> throw new IllegalArgumentException("The model does not know " + type);
        };
    }

    GeoPoint place() {
        // Some more often, so that they meet.
        double[] place = PLACES[random.nextInt(random.nextBoolean() ? 5 : PLACES.length)];
        return GeoPoint.newBuilder()
                .setLongitude(place[0])
                .setLatitude(place[1])
                .build();
    }

    /** Returns no words or a few. */
    String words(int most) {
        StringBuilder text = new StringBuilder();
        for (int words = random.nextInt(most); words > 0; words--) {
            text.append(pick(WORDS)).append(random.nextInt(4) == 0 ? " , " : " ");
        }
        return text.toString().strip();
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
        if (roll == 5) {
            return of(FieldType.FIELD_TYPE_GEO);
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
}
