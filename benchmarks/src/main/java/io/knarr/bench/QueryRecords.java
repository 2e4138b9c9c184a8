package io.knarr.bench;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** Made records with fields of every kind and spread, and conditions on them that match a known share. The same for the same row. */
final class QueryRecords {
    /** The shares of records that conditions match. */
    static final List<Double> SELECTIVITIES = List.of(0.5, 0.01, 0.0001);

    /** In 10,000 records so many are of each class but the last. */
    private static final int[] CLASS_SHARES = {5_000, 100, 1};

    private static final List<String> CLASSES = List.of("common", "seldom", "unique", "other");
    private static final int CLASS_RANGE = 10_000;
    private static final double EARTH_RADIUS_METERS = 6_371_008.8;

    /** A filter may name no more. */
    private static final int MAX_IDS = 1_000;

    private static final long NUMBERS = 1_000_000_000;
    private static final Instant YEAR = Instant.parse("2026-01-01T00:00:00Z");
    private static final long MICROS_PER_YEAR = 365L * 86_400 * 1_000_000;

    private QueryRecords() {}

    /**
     * A condition, and which records match it.
     *
     * @param kind of the condition
     * @param selectivity the share of records that match, about
     * @param filter as the index gets it
     * @param matches by row, told without the index
     */
    record Question(String kind, double selectivity, Filter filter, IntPredicate matches) {}

    /** A number that has nothing to do with the row or with that of another salt. */
    static long mixed(long row, int salt) {
        long z = (row + 1) * 0x9e3779b97f4a7c15L + salt * 0xd1b54a32d192ed03L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return (z ^ (z >>> 31)) & Long.MAX_VALUE;
    }

    private static int classOf(int row, int salt) {
        long place = mixed(row, salt) % CLASS_RANGE;
        int end = 0;
        for (int i = 0; i < CLASS_SHARES.length; i++) {
            end += CLASS_SHARES[i];
            if (place < end) {
                return i;
            }
        }
        return CLASS_SHARES.length;
    }

    private static long number(int row) {
        return mixed(row, 2) % NUMBERS;
    }

    private static long micros(int row) {
        return mixed(row, 3) % MICROS_PER_YEAR;
    }

    private static double longitude(int row) {
        return (mixed(row, 4) % 3_600_000 + 0.5) / 10_000 - 180;
    }

    private static double latitude(int row) {
        return (mixed(row, 5) % 1_800_000 + 0.5) / 10_000 - 90;
    }

    private static Instant instant(long micros) {
        return YEAR.plusNanos(micros * 1_000);
    }

    /**
     * Returns the fields of a record.
     *
     * @param text what its text says beside the word of its class
     */
    static SequencedMap<String, FieldValue> fields(int row, String text) {
        TreeMap<String, FieldValue> fields = new TreeMap<>();
        fields.put("level", new IntValue(classOf(row, 1)));
        fields.put("number", new IntValue(number(row)));
        fields.put("time", new TimestampValue(instant(micros(row))));
        fields.put("place", new GeoValue(new GeoPoint(longitude(row), latitude(row))));
        fields.put("name", new StringValue(CLASSES.get(classOf(row, 6)) + "-" + mixed(row, 7) % NUMBERS));
        fields.put("path", new StringValue("/" + CLASSES.get(classOf(row, 8)) + "/" + row % 100 + "/" + row));
        List<FieldValue> tags = new ArrayList<>();
        tags.add(new StringValue(CLASSES.get(classOf(row, 9))));
        tags.add(new StringValue("tag" + mixed(row, 10) % 100));
        fields.put("tags", new ListValue(tags));
        fields.put("text", new StringValue(classWord(classOf(row, 11)) + " of class, " + text));
        return new LinkedHashMap<>(fields);
    }

    /** A word that no other text has. */
    private static String classWord(int place) {
        return "knarrtext" + CLASSES.get(place);
    }

    /** Returns the conditions of each kind that match so many. */
    static List<Question> questions(int place, int records) {
        double selectivity = SELECTIVITIES.get(place);
        String name = CLASSES.get(place);
        long below = Math.round(NUMBERS * selectivity);
        long until = Math.round(MICROS_PER_YEAR * selectivity);
        double east = -180 + 360 * selectivity;
        Filter level = new Filter.Equal("level", Set.of(new IntValue(place)));
        Filter range = lessThan("number", new IntValue(below));
        IntPredicate isLevel = row -> classOf(row, 1) == place;
        IntPredicate isBelow = row -> number(row) < below;
        List<Question> questions = new ArrayList<>();
        questions.add(new Question("equal", selectivity, level, isLevel));
        questions.add(new Question("range", selectivity, range, isBelow));
        questions.add(new Question(
                "time_range",
                selectivity,
                lessThan("time", new TimestampValue(instant(until))),
                row -> micros(row) < until));
        questions.add(
                new Question("prefix", selectivity, new Filter.Prefix("name", name), row -> classOf(row, 6) == place));
        questions.add(new Question(
                "contains",
                selectivity,
                new Filter.Contains("name", name.substring(1)),
                row -> classOf(row, 6) == place));
        questions.add(new Question(
                "regex",
                selectivity,
                new Filter.Regex("name", "^" + name.charAt(0) + "[a-z]*" + name.charAt(5) + "-"),
                row -> classOf(row, 6) == place));
        questions.add(new Question(
                "path",
                selectivity,
                new Filter.Under("path", "/" + name, OptionalInt.empty()),
                row -> classOf(row, 8) == place));
        questions.add(new Question(
                "list_contains",
                selectivity,
                new Filter.Equal("tags", Set.of(new StringValue(name))),
                row -> classOf(row, 9) == place));
        questions.add(new Question(
                "text_match",
                selectivity,
                new Filter.TextMatch("text", classWord(place), Filter.TextMode.ALL),
                row -> classOf(row, 11) == place));
        questions.add(new Question(
                "text_phrase",
                selectivity,
                new Filter.TextMatch("text", classWord(place) + " of class", Filter.TextMode.PHRASE),
                row -> classOf(row, 11) == place));
        questions.add(new Question(
                "geo_box",
                selectivity,
                new Filter.GeoBox("place", new GeoPoint(-180, -90), new GeoPoint(east, 90)),
                row -> longitude(row) <= east));
        double degrees = selectivity > 0.1 ? 90 : Math.sqrt(selectivity * 360 * 180 / Math.PI);
        questions.add(new Question(
                "geo_radius",
                selectivity,
                new Filter.GeoRadius("place", new GeoPoint(0, 0), Math.toRadians(degrees) * EARTH_RADIUS_METERS),
                row -> Math.toDegrees(Math.acos(
                                Math.cos(Math.toRadians(latitude(row))) * Math.cos(Math.toRadians(longitude(row)))))
                        <= degrees));
        double half = Math.min(85, 360 * selectivity);
        // Edges along two meridians and the equator, so that a loop can tell as exactly.
        questions.add(new Question(
                "geo_polygon",
                half / 360,
                new Filter.GeoPolygon(
                        "place",
                        List.of(new GeoPoint(-half, 0), new GeoPoint(half, 0), new GeoPoint(0, 90)),
                        List.of()),
                row -> latitude(row) > 0 && Math.abs(longitude(row)) < half));
        questions.add(new Question(
                "path_depth",
                selectivity,
                new Filter.Under("path", "/" + name, OptionalInt.of(2)),
                row -> classOf(row, 8) == place));
        if (selectivity * records <= MAX_IDS) {
            Set<RecordId> ids = new HashSet<>();
            for (long id = 0; id < selectivity * records; id++) {
                ids.add(RecordId.of(id * 7 % records));
            }
            questions.add(new Question(
                    "has_id", selectivity, new Filter.HasId(ids), row -> ids.contains(RecordId.of((long) row))));
        }
        questions.add(new Question(
                "and",
                selectivity / 2,
                new Filter.And(List.of(new Filter.Prefix("name", CLASSES.getFirst()), range)),
                row -> classOf(row, 6) == 0 && number(row) < below));
        questions.add(new Question("not", 1 - selectivity, new Filter.Not(level), isLevel.negate()));
        return questions;
    }

    private static Filter lessThan(String field, FieldValue bound) {
        return new Filter.Range(field, Optional.empty(), Optional.empty(), Optional.of(bound), Optional.empty());
    }
}
