package io.knarr.it;

import static io.knarr.it.BadCall.invalid;
import static io.knarr.it.Requests.and;
import static io.knarr.it.Requests.bool;
import static io.knarr.it.Requests.equal;
import static io.knarr.it.Requests.exists;
import static io.knarr.it.Requests.instant;
import static io.knarr.it.Requests.list;
import static io.knarr.it.Requests.not;
import static io.knarr.it.Requests.number;
import static io.knarr.it.Requests.or;
import static io.knarr.it.Requests.range;
import static io.knarr.it.Requests.real;
import static io.knarr.it.Requests.text;

import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.NotFilter;
import io.knarr.v1.ObjectValue;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.RecordId;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Malformed filters, each in every call that takes one. The list holds all the kinds that other systems are known to drop in silence,
 * and then answer as if there were no filter at all.
 */
final class BadFilters {
    private static final String INVALID_FILTER = "INVALID_FILTER";
    private static final Filter GOOD = equal("color", text("red"));

    /**
     * A malformed filter.
     *
     * @param field under {@code filter}, with its dot; empty for the filter itself
     */
    record Malformed(String name, String reason, String field, Filter filter) {}

    private BadFilters() {}

    /** Returns the calls, on an account and a collection with the closed schema of {@link BadInputTest}. */
    static List<BadCall> calls(String account, String collection) {
        List<BadCall> calls = new ArrayList<>();
        for (Malformed bad : malformed()) {
            String field = "filter" + bad.field;
            calls.add(invalid("search: " + bad.name, bad.reason, field, caller -> caller.search(account)
                    .search(SearchRequest.newBuilder()
                            .setCollection(collection)
                            .setVectorName("main")
                            .setVector(Requests.vector(1, 2, 3, 4))
                            .setFilter(bad.filter)
                            .build())));
            calls.add(invalid("count: " + bad.name, bad.reason, field, caller -> caller.records(account)
                    .countRecords(CountRecordsRequest.newBuilder()
                            .setCollection(collection)
                            .setFilter(bad.filter)
                            .build())));
            calls.add(invalid("list: " + bad.name, bad.reason, field, caller -> caller.records(account)
                    .listRecords(ListRecordsRequest.newBuilder()
                            .setCollection(collection)
                            .setFilter(bad.filter)
                            .build())));
        }
        return calls;
    }

    private static List<Malformed> malformed() {
        Filter none = Filter.getDefaultInstance();
        List<Malformed> filters = new ArrayList<>();
        filters.add(new Malformed("a filter of no kind", INVALID_FILTER, "", none));
        filters.add(new Malformed(
                "a node of no kind beside a good one", INVALID_FILTER, ".and.filters[1]", and(GOOD, none)));
        filters.add(new Malformed("a node of no kind in an or", INVALID_FILTER, ".or.filters[0]", or(none, GOOD)));
        filters.add(new Malformed(
                "a negation of nothing",
                INVALID_FILTER,
                ".not.filter",
                Filter.newBuilder().setNot(NotFilter.getDefaultInstance()).build()));
        filters.add(new Malformed("a negation of a node of no kind", INVALID_FILTER, ".not.filter", not(none)));
        filters.add(new Malformed(
                "a node of no kind, deep",
                INVALID_FILTER,
                ".and.filters[1].not.filter.or.filters[1]",
                and(GOOD, not(or(GOOD, none)))));
        filters.addAll(memberships());
        filters.addAll(ranges());
        filters.addAll(fields());
        filters.addAll(ids());
        filters.addAll(sizes());
        filters.addAll(BadConditions.all());
        return filters;
    }

    private static List<Malformed> memberships() {
        Filter noField = Filter.newBuilder()
                .setEqual(EqualFilter.newBuilder().addValues(text("red")))
                .build();
        Value object = Value.newBuilder()
                .setObjectValue(ObjectValue.getDefaultInstance())
                .build();
        Value nothing = Value.newBuilder().setNullValue(true).build();
        return List.of(
                new Malformed("a membership without a field", INVALID_FILTER, ".equal.field", noField),
                new Malformed("a membership without values", INVALID_FILTER, ".equal.values", equal("color")),
                new Malformed(
                        "a value of no kind",
                        INVALID_FILTER,
                        ".equal.values[0]",
                        equal("color", Value.getDefaultInstance())),
                new Malformed(
                        "values of two kinds",
                        INVALID_FILTER,
                        ".equal.values[1]",
                        equal("color", text("red"), number(1))),
                new Malformed("a null as value", INVALID_FILTER, ".equal.values[0]", equal("color", nothing)),
                new Malformed("a list as value", INVALID_FILTER, ".equal.values[0]", equal("color", list(text("red")))),
                new Malformed("an object as value", INVALID_FILTER, ".equal.values[0]", equal("color", object)),
                new Malformed(
                        "a number that is none",
                        "NOT_FINITE",
                        ".equal.values[0].double_value",
                        equal("price", real(Double.NaN))),
                new Malformed("an integer for text", "TYPE_MISMATCH", ".equal.values", equal("color", number(7))),
                new Malformed("text for an integer", "TYPE_MISMATCH", ".equal.values", equal("size", text("7"))),
                new Malformed("text for a boolean", "TYPE_MISMATCH", ".equal.values", equal("sold", text("true"))),
                new Malformed("a boolean for an integer", "TYPE_MISMATCH", ".equal.values", equal("size", bool(true))),
                new Malformed(
                        "a year that does not exist",
                        INVALID_FILTER,
                        ".equal.values[0].timestamp_value.seconds",
                        equal("made", instant(Long.MAX_VALUE, 0))));
    }

    private static List<Malformed> ranges() {
        return List.of(
                new Malformed(
                        "a range without bounds",
                        INVALID_FILTER,
                        ".range",
                        range(RangeFilter.newBuilder().setField("size"))),
                new Malformed(
                        "a range without a field",
                        INVALID_FILTER,
                        ".range.field",
                        range(RangeFilter.newBuilder().setGt(number(1)))),
                new Malformed(
                        "a bound of no kind",
                        INVALID_FILTER,
                        ".range.gte",
                        range(RangeFilter.newBuilder().setField("size").setGte(Value.getDefaultInstance()))),
                new Malformed(
                        "a boolean bound",
                        INVALID_FILTER,
                        ".range.lt",
                        range(RangeFilter.newBuilder().setField("sold").setLt(bool(true)))),
                new Malformed(
                        "a text bound on an integer",
                        "TYPE_MISMATCH",
                        ".range.gt",
                        range(RangeFilter.newBuilder().setField("size").setGt(text("1")))),
                new Malformed(
                        "a time bound on text",
                        "TYPE_MISMATCH",
                        ".range.lte",
                        range(RangeFilter.newBuilder().setField("color").setLte(instant(0, 0)))),
                new Malformed(
                        "bounds of two kinds",
                        INVALID_FILTER,
                        ".range",
                        range(RangeFilter.newBuilder()
                                .setField("size")
                                .setGt(number(1))
                                .setLt(text("9")))),
                new Malformed(
                        "a bound that is infinite",
                        "NOT_FINITE",
                        ".range.gt.double_value",
                        range(RangeFilter.newBuilder().setField("price").setGt(real(Double.POSITIVE_INFINITY)))),
                new Malformed(
                        "too many nanoseconds",
                        INVALID_FILTER,
                        ".range.gt.timestamp_value.nanos",
                        range(RangeFilter.newBuilder().setField("made").setGt(instant(0, 1_000_000_000)))));
    }

    private static List<Malformed> fields() {
        return List.of(
                new Malformed(
                        "a field the closed schema does not have",
                        "UNKNOWN_FIELD",
                        ".equal.field",
                        equal("colour", text("red"))),
                new Malformed(
                        "the same beside a good one",
                        "UNKNOWN_FIELD",
                        ".and.filters[1].exists.field",
                        and(GOOD, exists("account_id"))),
                new Malformed("an empty field", INVALID_FILTER, ".exists.field", exists("")),
                new Malformed("a field with a space", INVALID_FILTER, ".exists.field", exists("co lor")),
                new Malformed("a field of dots", INVALID_FILTER, ".exists.field", exists("a..b")),
                new Malformed(
                        "a field's name that is too long", "LIMIT_EXCEEDED", ".exists.field", exists("x".repeat(129))));
    }

    private static List<Malformed> ids() {
        return List.of(
                new Malformed(
                        "no ids",
                        INVALID_FILTER,
                        ".has_id.ids",
                        Filter.newBuilder()
                                .setHasId(HasIdFilter.getDefaultInstance())
                                .build()),
                new Malformed(
                        "an id of no kind", INVALID_FILTER, ".has_id.ids[0]", hasId(RecordId.getDefaultInstance())),
                new Malformed(
                        "a UUID that is none",
                        INVALID_FILTER,
                        ".has_id.ids[0].uuid",
                        hasId(RecordId.newBuilder().setUuid("1-2-3-4-5").build())));
    }

    private static Filter hasId(RecordId id) {
        return Filter.newBuilder().setHasId(HasIdFilter.newBuilder().addIds(id)).build();
    }

    private static List<Malformed> sizes() {
        Filter deep = GOOD;
        for (int i = 0; i < 32; i++) {
            deep = not(deep);
        }
        Filter[] many = new Filter[1_024];
        Arrays.fill(many, GOOD);
        Value[] values = new Value[10_001];
        Arrays.fill(values, text("red"));
        return List.of(
                new Malformed("33 levels", "LIMIT_EXCEEDED", ".not.filter".repeat(32), deep),
                new Malformed("1,025 nodes", "LIMIT_EXCEEDED", ".or.filters[1023]", or(many)),
                new Malformed("10,001 values", "LIMIT_EXCEEDED", ".equal.values", equal("color", values)));
    }
}
