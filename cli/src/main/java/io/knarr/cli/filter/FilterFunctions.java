package io.knarr.cli.filter;

import io.knarr.v1.ContainsAllFilter;
import io.knarr.v1.ContainsFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.GeoBoxFilter;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.GeoPolygonFilter;
import io.knarr.v1.GeoRadiusFilter;
import io.knarr.v1.GeoRing;
import io.knarr.v1.HasVectorFilter;
import io.knarr.v1.IsEmptyFilter;
import io.knarr.v1.IsNullFilter;
import io.knarr.v1.MinShouldFilter;
import io.knarr.v1.NestedFilter;
import io.knarr.v1.PathFilter;
import io.knarr.v1.PrefixFilter;
import io.knarr.v1.RegexFilter;
import io.knarr.v1.TextMatchFilter;
import io.knarr.v1.TextMatchMode;
import io.knarr.v1.Value;
import io.knarr.v1.ValuesCountFilter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The conditions that are written as functions, such as {@code prefix(name, "kn")}. */
final class FilterFunctions {
    private static final Set<String> NAMES = Set.of(
            "exists",
            "is_null",
            "is_empty",
            "prefix",
            "contains",
            "regex",
            "contains_all",
            "values_count",
            "has_vector",
            "at_least",
            "nested",
            "all_words",
            "any_word",
            "phrase",
            "under",
            "geo_radius",
            "geo_box",
            "geo_polygon");

    private static final Set<String> COUNT_COMPARISONS = Set.of("=", "==", "<", "<=", ">", ">=");

    /** What a function's arguments are read from: the expression after its opening parenthesis. */
    interface Arguments {
        /** Takes the name of a field. */
        String field();

        /** Takes text in quotes. */
        String text();

        /** Takes an integer of 0 or more. */
        int count();

        /** Takes a value. */
        Value value();

        /** Takes a number. */
        double number();

        /** Takes a whole filter, one level deeper. */
        Filter filter();

        /** Takes a word and the parenthesis it opens, if they come next. */
        boolean opens(String word);

        /** Takes the comma that must come next. */
        void comma();

        /** Takes a comma if one comes next. */
        boolean hasMore();

        /** Takes the closing parenthesis that must come next. */
        void close();

        /** Takes one of these symbols. */
        String symbol(Set<String> symbols);
    }

    private FilterFunctions() {}

    /** Returns whether there is a function of that name, in any case. */
    static boolean isKnown(String name) {
        return NAMES.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Returns the condition of a function, whose name and opening parenthesis have been taken; empty if there is no such function. */
    static Optional<Filter> read(String name, Arguments arguments) {
        Filter.Builder filter = Filter.newBuilder();
        switch (name.toLowerCase(Locale.ROOT)) {
            case "exists" -> filter.setExists(ExistsFilter.newBuilder().setField(arguments.field()));
            case "is_null" -> filter.setIsNull(IsNullFilter.newBuilder().setField(arguments.field()));
            case "is_empty" -> filter.setIsEmpty(IsEmptyFilter.newBuilder().setField(arguments.field()));
            case "prefix" ->
                filter.setPrefix(PrefixFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setPrefix(arguments.text()));
            case "contains" ->
                filter.setContains(ContainsFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setSubstring(arguments.text()));
            case "regex" ->
                filter.setRegex(RegexFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setPattern(arguments.text()));
            case "contains_all" -> filter.setContainsAll(containsAll(arguments));
            case "has_vector" ->
                filter.setHasVector(HasVectorFilter.newBuilder().setVectorName(arguments.field()));
            case "at_least" -> filter.setMinShould(atLeast(arguments));
            case "nested" ->
                filter.setNested(NestedFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setFilter(arguments.filter()));
            case "all_words" -> filter.setTextMatch(words(arguments, TextMatchMode.TEXT_MATCH_MODE_ALL));
            case "any_word" -> filter.setTextMatch(words(arguments, TextMatchMode.TEXT_MATCH_MODE_ANY));
            case "phrase" -> filter.setTextMatch(words(arguments, TextMatchMode.TEXT_MATCH_MODE_PHRASE));
            case "under" -> filter.setPath(under(arguments));
            case "geo_radius" ->
                filter.setGeoRadius(GeoRadiusFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setCenter(placeAndComma(arguments))
                        .setRadiusMeters(arguments.number()));
            case "geo_box" ->
                filter.setGeoBox(GeoBoxFilter.newBuilder()
                        .setField(fieldAndComma(arguments))
                        .setSouthWest(placeAndComma(arguments))
                        .setNorthEast(place(arguments)));
            case "geo_polygon" -> filter.setGeoPolygon(polygon(arguments));
            case "values_count" -> {
                return Optional.of(filter.setValuesCount(valuesCount(arguments)).build());
            }
            default -> {
                return Optional.empty();
            }
        }
        arguments.close();
        return Optional.of(filter.build());
    }

    private static String fieldAndComma(Arguments arguments) {
        String field = arguments.field();
        arguments.comma();
        return field;
    }

    private static ContainsAllFilter containsAll(Arguments arguments) {
        ContainsAllFilter.Builder filter = ContainsAllFilter.newBuilder().setField(fieldAndComma(arguments));
        do {
            filter.addValues(arguments.value());
        } while (arguments.hasMore());
        return filter.build();
    }

    private static TextMatchFilter words(Arguments arguments, TextMatchMode mode) {
        return TextMatchFilter.newBuilder()
                .setField(fieldAndComma(arguments))
                .setQuery(arguments.text())
                .setMode(mode)
                .build();
    }

    private static PathFilter under(Arguments arguments) {
        PathFilter.Builder filter =
                PathFilter.newBuilder().setField(fieldAndComma(arguments)).setPath(arguments.text());
        if (arguments.hasMore()) {
            filter.setMaxDepth(arguments.count());
        }
        return filter.build();
    }

    private static GeoPoint place(Arguments arguments) {
        double longitude = arguments.number();
        arguments.comma();
        return GeoPoint.newBuilder()
                .setLongitude(longitude)
                .setLatitude(arguments.number())
                .build();
    }

    private static GeoPoint placeAndComma(Arguments arguments) {
        GeoPoint place = place(arguments);
        arguments.comma();
        return place;
    }

    /** After its corners come the holes: {@code geo_polygon(at, 0, 0, 9, 0, 9, 9, hole(2, 1, 3, 1, 3, 2))}. */
    private static GeoPolygonFilter polygon(Arguments arguments) {
        GeoPolygonFilter.Builder filter = GeoPolygonFilter.newBuilder().setField(fieldAndComma(arguments));
        do {
            if (arguments.opens("hole")) {
                GeoRing.Builder hole = filter.addHolesBuilder();
                do {
                    hole.addPoints(place(arguments));
                } while (arguments.hasMore());
                arguments.close();
            } else if (filter.getHolesCount() > 0) {
                arguments.comma(); // which is not there: nothing but holes follows a hole
            } else {
                filter.getExteriorBuilder().addPoints(place(arguments));
            }
        } while (arguments.hasMore());
        return filter.build();
    }

    private static MinShouldFilter atLeast(Arguments arguments) {
        MinShouldFilter.Builder filter = MinShouldFilter.newBuilder().setMinCount(arguments.count());
        arguments.comma();
        do {
            filter.addFilters(arguments.filter());
        } while (arguments.hasMore());
        return filter.build();
    }

    /** The comparison follows the closing parenthesis: {@code values_count(tags) >= 2}. */
    private static ValuesCountFilter valuesCount(Arguments arguments) {
        ValuesCountFilter.Builder filter = ValuesCountFilter.newBuilder().setField(arguments.field());
        arguments.close();
        String comparison = arguments.symbol(COUNT_COMPARISONS);
        int count = arguments.count();
        switch (comparison) {
            case "<" -> filter.setLt(count);
            case "<=" -> filter.setLte(count);
            case ">" -> filter.setGt(count);
            case ">=" -> filter.setGte(count);
            default -> filter.setGte(count).setLte(count);
        }
        return filter.build();
    }
}
