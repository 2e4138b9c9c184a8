package io.knarr.it;

import io.knarr.v1.ContainsAllFilter;
import io.knarr.v1.ContainsFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.GeoBoxFilter;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.GeoPolygonFilter;
import io.knarr.v1.GeoRadiusFilter;
import io.knarr.v1.GeoRing;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.HasVectorFilter;
import io.knarr.v1.IsEmptyFilter;
import io.knarr.v1.IsNullFilter;
import io.knarr.v1.MinShouldFilter;
import io.knarr.v1.NestedFilter;
import io.knarr.v1.PathFilter;
import io.knarr.v1.PrefixFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.RegexFilter;
import io.knarr.v1.TextMatchFilter;
import io.knarr.v1.TextMatchMode;
import io.knarr.v1.Value;
import io.knarr.v1.ValuesCountFilter;
import java.util.List;
import java.util.SplittableRandom;

/** Filters at random: well formed, though not always such that a schema takes them. */
final class RandomFilters {
    private static final int MAX_DEPTH = 4;
    private static final List<String> PARTS = List.of("a", "b", "ab", ".", "/a", "\u00e4", "\ud835\udcb3", "zz");

    /** Patterns that mean the same to every engine. */
    private static final List<String> PATTERNS = List.of("^a", "b$", "^a.b$", "[a-b]+", "(?i)^A$", "^$", "(a|/)b?");

    private final SplittableRandom random;
    private final RandomSchema values;

    RandomFilters(SplittableRandom random, RandomSchema values) {
        this.random = random;
        this.values = values;
    }

    Filter filter() {
        return filter(1);
    }

    private Filter filter(int depth) {
        int roll = random.nextInt(depth < MAX_DEPTH ? 25 : 19);
        return switch (roll) {
            case 0, 1, 2 -> equal();
            case 3, 4, 5 -> range();
            case 6 -> Requests.exists(path());
            case 7 -> hasId();
            case 8, 9 -> text();
            case 10 -> containsAll();
            case 11 -> valuesCount();
            case 12 ->
                Filter.newBuilder()
                        .setIsNull(IsNullFilter.newBuilder().setField(path()))
                        .build();
            case 13 ->
                Filter.newBuilder()
                        .setIsEmpty(IsEmptyFilter.newBuilder().setField(path()))
                        .build();
            case 14 ->
                Filter.newBuilder()
                        .setHasVector(HasVectorFilter.newBuilder().setVectorName("v0"))
                        .build();
            case 15 -> equal();
            case 16 -> textMatch();
            case 17 -> under();
            case 18 -> geo();
            case 19 -> Requests.not(filter(depth + 1));
            case 20, 21 -> Requests.and(several(depth));
            case 22 -> nested();
            case 23 -> minShould(depth);
            default -> Requests.or(several(depth));
        };
    }

    private Filter text() {
        String field = path();
        return switch (random.nextInt(3)) {
            case 0 ->
                Filter.newBuilder()
                        .setPrefix(PrefixFilter.newBuilder().setField(field).setPrefix(pick(PARTS)))
                        .build();
            case 1 ->
                Filter.newBuilder()
                        .setContains(ContainsFilter.newBuilder().setField(field).setSubstring(pick(PARTS)))
                        .build();
            default ->
                Filter.newBuilder()
                        .setRegex(RegexFilter.newBuilder().setField(field).setPattern(pick(PATTERNS)))
                        .build();
        };
    }

    private Filter textMatch() {
        String query = (pick(RandomSchema.WORDS) + " " + values.words(3)).strip();
        return Filter.newBuilder()
                .setTextMatch(TextMatchFilter.newBuilder()
                        .setField(path())
                        .setQuery(query)
                        .setMode(TextMatchMode.forNumber(1 + random.nextInt(3))))
                .build();
    }

    private Filter under() {
        PathFilter.Builder under = PathFilter.newBuilder().setField(path()).setPath(pick(RandomSchema.TREE));
        if (random.nextBoolean()) {
            under.setMaxDepth(random.nextInt(3));
        }
        return Filter.newBuilder().setPath(under).build();
    }

    private Filter geo() {
        return switch (random.nextInt(3)) {
            case 0 ->
                Filter.newBuilder()
                        .setGeoRadius(GeoRadiusFilter.newBuilder()
                                .setField(path())
                                .setCenter(values.place())
                                .setRadiusMeters(Math.pow(10, 1 + 6.4 * random.nextDouble())))
                        .build();
            case 1 -> {
                GeoPoint one = values.place();
                GeoPoint other = values.place();
                boolean swapped = one.getLatitude() > other.getLatitude();
                yield Filter.newBuilder()
                        .setGeoBox(GeoBoxFilter.newBuilder()
                                .setField(path())
                                .setSouthWest(swapped ? other : one)
                                .setNorthEast(swapped ? one : other))
                        .build();
            }
            default -> {
                GeoPoint middle = values.place();
                GeoPolygonFilter.Builder polygon =
                        GeoPolygonFilter.newBuilder().setField(path()).setExterior(triangle(middle, 30));
                if (random.nextBoolean()) {
                    polygon.addHoles(triangle(middle, 10));
                }
                yield Filter.newBuilder().setGeoPolygon(polygon).build();
            }
        };
    }

    /** Returns corners around a place, which is within mostly, at fractions of degrees at which there is nothing. */
    private GeoRing triangle(GeoPoint middle, int degrees) {
        GeoRing.Builder ring = GeoRing.newBuilder();
        for (int i = 0; i < 3; i++) {
            double direction = 2 * Math.PI * (i + 0.7 * random.nextDouble()) / 3;
            double longitude = middle.getLongitude() + degrees * Math.cos(direction);
            double latitude = middle.getLatitude() + degrees * Math.sin(direction);
            ring.addPoints(GeoPoint.newBuilder()
                    .setLongitude(longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude)
                    .setLatitude(Math.clamp(latitude, -89.7, 89.7)));
        }
        return ring.build();
    }

    private Filter containsAll() {
        Value first = values.scalar();
        ContainsAllFilter.Builder all =
                ContainsAllFilter.newBuilder().setField(path()).addValues(first);
        if (random.nextBoolean()) {
            all.addValues(like(first));
        }
        return Filter.newBuilder().setContainsAll(all).build();
    }

    private Filter valuesCount() {
        ValuesCountFilter.Builder count = ValuesCountFilter.newBuilder().setField(path());
        if (random.nextBoolean()) {
            count.setGte(random.nextInt(3));
        } else {
            count.setLt(random.nextInt(4));
        }
        if (random.nextBoolean()) {
            count.setLte(random.nextInt(4));
        }
        return Filter.newBuilder().setValuesCount(count).build();
    }

    private Filter minShould(int depth) {
        MinShouldFilter.Builder some = MinShouldFilter.newBuilder();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            some.addFilters(filter(depth + 1));
        }
        return Filter.newBuilder()
                .setMinShould(some.setMinCount(1 + random.nextInt(count)))
                .build();
    }

    private Filter nested() {
        Filter inner = Requests.and(equal(), Requests.not(range()));
        return Filter.newBuilder()
                .setNested(NestedFilter.newBuilder().setField(path()).setFilter(random.nextBoolean() ? inner : range()))
                .build();
    }

    private Filter[] several(int depth) {
        Filter[] filters = new Filter[random.nextInt(4)];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = filter(depth + 1);
        }
        return filters;
    }

    private Filter equal() {
        Value first = values.scalar();
        Value[] operands = new Value[1 + random.nextInt(3)];
        operands[0] = first;
        for (int i = 1; i < operands.length; i++) {
            operands[i] = like(first);
        }
        return Requests.equal(path(), operands);
    }

    /** Returns another scalar of the same kind. */
    Value like(Value first) {
        Value other = values.scalar();
        while (other.getKindCase() != first.getKindCase()) {
            other = values.scalar();
        }
        return other;
    }

    private Filter range() {
        Value bound = ordered();
        RangeFilter.Builder range = RangeFilter.newBuilder().setField(path());
        if (random.nextBoolean()) {
            range.setGte(bound);
        } else {
            range.setGt(bound);
        }
        if (random.nextBoolean()) {
            Value other = like(bound);
            if (random.nextBoolean()) {
                range.setLte(other);
            } else {
                range.setLt(other);
            }
            if (random.nextBoolean()) {
                range.clearGt().clearGte();
            }
        }
        return Requests.range(range);
    }

    private Value ordered() {
        Value value = values.scalar();
        while (value.hasBoolValue()) {
            value = values.scalar();
        }
        return value;
    }

    private Filter hasId() {
        HasIdFilter.Builder ids = HasIdFilter.newBuilder();
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            ids.addIds(values.id());
        }
        return Filter.newBuilder().setHasId(ids).build();
    }

    private String path() {
        return pick(RandomSchema.PATHS);
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
