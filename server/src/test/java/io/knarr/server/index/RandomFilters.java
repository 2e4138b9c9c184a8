package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.GeoPoint;
import io.knarr.server.model.RecordId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Random fields of every kind, and filters that have something to find among them. */
final class RandomFilters {
    /** Fields of one kind and one spread each, then one that has anything. */
    static final List<String> PATHS = List.of(
            "few",
            "int",
            "double",
            "number",
            "time",
            "name",
            "word",
            "flag",
            "tags",
            "any",
            "rare",
            "object.kind",
            "object.deep.int",
            "objects.kind",
            "objects.int",
            "objects.tags",
            "missing",
            "object",
            "objects");

    private static final long[] EDGES = {
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        -(1L << 53) - 1,
        -(1L << 53),
        -1,
        0,
        1,
        2,
        1L << 53,
        (1L << 53) + 1,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE
    };

    private final Random random;

    private final boolean oddPaths;

    RandomFilters(Random random) {
        this.random = random;
        // The first numbers of neighbouring seeds are alike.
        this.oddPaths = new SplittableRandom(random.nextLong()).nextInt(4) == 0;
    }

    /** Returns the fields of a record, each of them with some probability, in the order of their names. */
    SequencedMap<String, FieldValue> fields() {
        TreeMap<String, FieldValue> fields = new TreeMap<>();
        put(fields, "few", () -> new IntValue(random.nextInt(5)));
        put(fields, "int", () -> new IntValue(random.nextInt(100_000)));
        put(fields, "double", () -> new DoubleValue(random.nextGaussian()));
        put(fields, "number", this::number);
        put(fields, "time", this::time);
        put(fields, "name", () -> new StringValue("name-" + random.nextInt(1_000_000)));
        put(fields, "word", this::word);
        put(fields, "flag", () -> new BoolValue(random.nextBoolean()));
        put(fields, "tags", () -> list(4, this::word));
        put(fields, "any", this::any);
        if (random.nextInt(500) == 0) {
            fields.put("rare", any());
        }
        put(fields, "place", this::place);
        put(fields, "path", this::path);
        put(fields, "text", this::text);
        put(fields, "texts", () -> list(3, this::text));
        put(fields, "object", this::object);
        put(fields, "objects", () -> list(3, this::object));
        return new LinkedHashMap<>(fields);
    }

    private interface Source {
        FieldValue next();
    }

    private void put(Map<String, FieldValue> fields, String name, Source source) {
        int kind = random.nextInt(12);
        if (kind == 0) {
            fields.put(name, new NullValue());
        } else if (kind > 1) {
            fields.put(name, source.next());
        }
    }

    private FieldValue list(int most, Source source) {
        List<FieldValue> values = new ArrayList<>();
        for (int count = random.nextInt(most + 1); count > 0; count--) {
            values.add(source.next());
        }
        return new ListValue(values);
    }

    private FieldValue object() {
        TreeMap<String, FieldValue> fields = new TreeMap<>();
        put(fields, "kind", this::word);
        put(fields, "int", this::number);
        put(fields, "tags", () -> list(3, this::word));
        put(fields, "deep", () -> new ObjectValue(new LinkedHashMap<>(new TreeMap<>(Map.of("int", number())))));
        return new ObjectValue(new LinkedHashMap<>(fields));
    }

    private FieldValue any() {
        return switch (random.nextInt(8)) {
            case 0 -> word();
            case 1 -> number();
            case 2 -> time();
            case 3 -> new BoolValue(random.nextBoolean());
            case 4 -> list(3, this::word);
            case 5 -> list(3, this::number);
            case 6 -> object();
            default -> new NullValue();
        };
    }

    private FieldValue number() {
        long edge = EDGES[random.nextInt(EDGES.length)];
        return switch (random.nextInt(5)) {
            case 0 -> new IntValue(edge);
            case 1 -> new DoubleValue((double) edge);
            case 2 -> new DoubleValue(random.nextInt(3) - 1.5);
            case 3 -> new DoubleValue(random.nextBoolean() ? -0.0 : 0x1p63);
            default -> new IntValue(random.nextInt(5));
        };
    }

    private FieldValue time() {
        Instant base = Instant.parse("2026-01-01T00:00:00Z");
        return new TimestampValue(
                switch (random.nextInt(4)) {
                    case 0 -> base.plusNanos(random.nextInt(5));
                    case 1 -> base.plusMillis(random.nextInt(1_000_000));
                    case 2 -> base.plusSeconds(random.nextInt(1_000));
                    default -> random.nextInt(20) == 0 ? Instant.parse("0001-01-01T00:00:00Z") : base;
                });
    }

    private FieldValue word() {
        String[] words = {"", "a", "ab", "abc", "b", "\uffff", "\ud83d\ude00", "\u00e5", "Abc", "longer word", "1"};
        return new StringValue(words[random.nextInt(words.length)]);
    }

    private FieldValue text() {
        return new StringValue(words(6));
    }

    private String words(int most) {
        String[] words = {"Alpha", "beta", "gamma", "delta", "epsilon", "zeta", "\u00e5ngstr\u00f6m", "rare"};
        StringBuilder text = new StringBuilder();
        for (int count = random.nextInt(most + 1); count > 0; count--) {
            boolean seldom = random.nextInt(40) == 0;
            text.append(words[seldom ? 7 : random.nextInt(7)]).append(random.nextBoolean() ? " " : ", ");
        }
        return text.toString();
    }

    private Filter onWords() {
        String path = random.nextInt(5) == 0 ? anyPath() : random.nextBoolean() ? "text" : "texts";
        Filter.TextMode[] modes = Filter.TextMode.values();
        return new Filter.TextMatch(path, "beta " + words(2), modes[random.nextInt(modes.length)]);
    }

    /** Returns a filter of up to so many levels. */
    Filter filter(int depth, List<RecordId> ids) {
        return switch (random.nextInt(depth == 0 ? 7 : 13)) {
            case 0, 1 -> equal();
            case 2 -> range();
            case 3 -> random.nextInt(3) == 0 ? onRecord(ids) : new Filter.Exists(anyPath());
            case 4, 5 -> onText();
            case 6 -> random.nextBoolean() ? other() : somewhere();
            case 7 -> new Filter.Not(filter(depth - 1, ids));
            case 8 -> {
                List<Filter> filters = filters(depth, ids);
                yield filters.isEmpty()
                        ? new Filter.And(filters)
                        : new Filter.MinShould(filters, 1 + random.nextInt(filters.size()));
            }
            case 9, 10 -> new Filter.And(filters(depth, ids));
            default -> new Filter.Or(filters(depth, ids));
        };
    }

    private List<Filter> filters(int depth, List<RecordId> ids) {
        List<Filter> filters = new ArrayList<>();
        for (int count = random.nextInt(4); count > 0; count--) {
            filters.add(filter(depth - 1, ids));
        }
        return filters;
    }

    private Filter onRecord(List<RecordId> ids) {
        return random.nextInt(3) == 0 ? new Filter.HasVector(Optional.of("default")) : hasId(ids);
    }

    private Filter onText() {
        if (random.nextInt(4) == 0) {
            return onWords();
        }
        String[] parts = {"a", "ab", "b", "A", "name-1", "name-12", "-77", "ger w", "\ud83d\ude00", "\u00e5", "e"};
        String part = random.nextInt(4) == 0 ? "-" + random.nextInt(10_000) : parts[random.nextInt(parts.length)];
        return switch (random.nextInt(6)) {
            case 0 -> new Filter.Prefix(anyPath(), part);
            case 1 -> new Filter.Contains(anyPath(), part);
            case 2 -> new Filter.Contains(random.nextBoolean() ? "name" : "text", part);
            case 3 -> new Filter.Regex("name", "^name-" + random.nextInt(300) + "[0-4]*$");
            case 4 -> new Filter.Regex(anyPath(), part + "|^x?" + part + "[0-9]+$");
            default -> new Filter.Regex(anyPath(), "^" + part + ".*[13]");
        };
    }

    private Filter other() {
        String path = anyPath();
        return switch (random.nextInt(5)) {
            case 0 -> new Filter.IsNull(path);
            case 1 -> new Filter.IsEmpty(path);
            case 2 -> {
                Set<FieldValue> values = new HashSet<>();
                for (int count = 1 + random.nextInt(3); count > 0; count--) {
                    values.add(operand(path));
                }
                yield new Filter.ContainsAll(path, values);
            }
            case 3 ->
                new Filter.ValuesCount(
                        path,
                        OptionalLong.empty(),
                        OptionalLong.of(random.nextInt(3)),
                        OptionalLong.empty(),
                        random.nextBoolean() ? OptionalLong.of(random.nextInt(4)) : OptionalLong.empty());
            default -> new Filter.Nested(random.nextBoolean() ? "object" : "objects", within(2));
        };
    }

    /** Returns a filter on the fields of an object. */
    private Filter within(int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 7)) {
            case 0 -> new Filter.Equal("kind", Set.of(word()));
            case 1 -> new Filter.Equal(random.nextBoolean() ? "int" : "deep.int", Set.of(number()));
            case 2 ->
                new Filter.Range("int", Optional.empty(), Optional.of(number()), Optional.empty(), Optional.empty());
            case 3 -> new Filter.Prefix("tags", "a");
            case 4 -> new Filter.Not(within(depth - 1));
            default -> new Filter.And(List.of(within(depth - 1), within(depth - 1)));
        };
    }

    private Filter hasId(List<RecordId> ids) {
        Set<RecordId> some = new HashSet<>();
        for (int count = random.nextInt(5); count > 0 && !ids.isEmpty(); count--) {
            some.add(ids.get(random.nextInt(ids.size())));
        }
        some.add(RecordId.of("nobody"));
        return new Filter.HasId(some);
    }

    private FieldValue place() {
        return new GeoValue(point());
    }

    private GeoPoint point() {
        double[] longitudes = {-180, 180, 0, -0.0, 179.5, -179.5, random.nextInt(360) - 180};
        double[] latitudes = {-90, 90, 0, -0.0, 60, random.nextInt(180) - 90};
        return new GeoPoint(longitudes[random.nextInt(longitudes.length)], latitudes[random.nextInt(latitudes.length)]);
    }

    private FieldValue path() {
        String[] names = {"a", "b", "ab", "c"};
        StringBuilder path = new StringBuilder();
        for (int depth = random.nextInt(4); depth > 0; depth--) {
            // In few seeds there is another form of a path, too.
            path.append(oddPaths && random.nextInt(50) == 0 ? "//" : "/").append(names[random.nextInt(names.length)]);
        }
        return new StringValue(path.isEmpty() ? "/" : path.toString());
    }

    private Filter somewhere() {
        String field = random.nextInt(5) == 0 ? anyPath() : "place";
        double south = random.nextInt(180) - 90;
        return switch (random.nextInt(4)) {
            case 0 -> new Filter.GeoRadius(field, point(), random.nextInt(20) * 500_000.0);
            case 1 ->
                new Filter.GeoBox(
                        field,
                        new GeoPoint(random.nextInt(360) - 180, south),
                        new GeoPoint(random.nextInt(360) - 180, Math.min(90, south + random.nextInt(90))));
            case 2 ->
                new Filter.GeoPolygon(
                        field,
                        List.of(
                                new GeoPoint(170, 50),
                                new GeoPoint(-170, 50),
                                new GeoPoint(-170, 70),
                                new GeoPoint(170, 70)),
                        List.of());
            default ->
                new Filter.Under(
                        random.nextInt(5) == 0 ? anyPath() : "path",
                        ((StringValue) path()).value().replace("//", "/"),
                        random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(3)));
        };
    }

    private String anyPath() {
        return PATHS.get(random.nextInt(PATHS.size()));
    }

    /** Returns an operand that values at a path may have. */
    private FieldValue operand(String path) {
        return switch (path) {
            case "few" -> new IntValue(random.nextInt(6));
            case "int" -> new IntValue(random.nextInt(100_000));
            case "double" -> new DoubleValue(random.nextGaussian());
            case "number", "object.deep.int", "objects.int" -> number();
            case "time" -> time();
            case "place" -> place();
            case "path" -> path();
            case "name" -> new StringValue("name-" + random.nextInt(1_000_000));
            case "flag" -> new BoolValue(random.nextBoolean());
            default ->
                switch (random.nextInt(6)) {
                    case 0 -> number();
                    case 1 -> time();
                    case 2 -> new BoolValue(random.nextBoolean());
                    default -> word();
                };
        };
    }

    private Filter equal() {
        String path = anyPath();
        Set<FieldValue> values = new HashSet<>();
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            values.add(operand(path));
        }
        return new Filter.Equal(path, values);
    }

    private Filter range() {
        String path = anyPath();
        @Nullable FieldValue[] bounds = new FieldValue[4];
        bounds[random.nextInt(4)] = operand(path);
        if (random.nextInt(3) > 0) {
            bounds[random.nextInt(4)] = operand(path);
        }
        return new Filter.Range(
                path,
                Optional.ofNullable(bounds[0]),
                Optional.ofNullable(bounds[1]),
                Optional.ofNullable(bounds[2]),
                Optional.ofNullable(bounds[3]));
    }
}
