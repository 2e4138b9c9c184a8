package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordId;
import io.knarr.v1.AndFilter;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.ListValue;
import io.knarr.v1.NotFilter;
import io.knarr.v1.OrFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Value;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FilterMapperTest {
    private static final FieldPath ROOT = FieldPath.of("filter");

    @Test
    void readsEveryKind() {
        io.knarr.v1.Filter filter = and(
                equal("a", integer(1), integer(2)),
                or(range(RangeFilter.newBuilder()
                        .setField("b.c")
                        .setGt(integer(1))
                        .setLte(number(2.5)))),
                not(exists("d")),
                hasId(io.knarr.v1.RecordId.newBuilder().setUint64Id(-1L)));

        assertThat(map(filter))
                .isEqualTo(new Filter.And(List.of(
                        new Filter.Equal("a", Set.of(new FieldValue.IntValue(1), new FieldValue.IntValue(2))),
                        new Filter.Or(List.of(new Filter.Range(
                                "b.c",
                                Optional.of(new FieldValue.IntValue(1)),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new FieldValue.DoubleValue(2.5))))),
                        new Filter.Not(new Filter.Exists("d")),
                        new Filter.HasId(Set.of(RecordId.of(-1L))))));
    }

    @Test
    void readsEveryKindThatLooksAtOneValue() throws Exception {
        assertThat(
                        parsed(
                                "min_should { min_count: 1 filters { is_null { field: 'a' } } filters { is_empty { field: 'b' } } }"))
                .isEqualTo(new Filter.MinShould(List.of(new Filter.IsNull("a"), new Filter.IsEmpty("b")), 1));
        assertThat(parsed("prefix { field: 'a' prefix: 'x' }")).isEqualTo(new Filter.Prefix("a", "x"));
        assertThat(parsed("contains { field: 'a' substring: 'x' }")).isEqualTo(new Filter.Contains("a", "x"));
        assertThat(parsed("regex { field: 'a' pattern: '^x' }")).isEqualTo(new Filter.Regex("a", "^x"));
        assertThat(parsed("contains_all { field: 'a' values { int64_value: 1 } }"))
                .isEqualTo(new Filter.ContainsAll("a", Set.of(new FieldValue.IntValue(1))));
        assertThat(parsed("values_count { field: 'a' gt: 0 lte: 4294967295 }"))
                .isEqualTo(new Filter.ValuesCount(
                        "a",
                        OptionalLong.of(0),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.of(4_294_967_295L)));
        assertThat(parsed("has_vector { vector_name: 'v' }")).isEqualTo(new Filter.HasVector(Optional.of("v")));
        assertThat(parsed("has_vector { }")).isEqualTo(new Filter.HasVector(Optional.empty()));
        assertThat(parsed("nested { field: 'a' filter { exists { field: 'b' } } }"))
                .isEqualTo(new Filter.Nested("a", new Filter.Exists("b")));
    }

    private static Filter parsed(String text) throws TextFormat.ParseException {
        return map(TextFormat.parse(text, io.knarr.v1.Filter.class));
    }

    @Test
    void takesEmptyConjunctionsAndDisjunctions() {
        assertThat(map(and())).isEqualTo(new Filter.And(List.of()));
        assertThat(map(or())).isEqualTo(new Filter.Or(List.of()));
    }

    @Test
    void takesWhatIsExactlyAtItsLimit() {
        assertThat(map(nested(32))).isNotNull();
        assertThat(map(wide(1_023))).isNotNull();
        assertThat(map(equal("a", integers(10_000)))).isNotNull();
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments(io.knarr.v1.Filter.getDefaultInstance(), ErrorCode.INVALID_FILTER, "filter"),
                arguments(
                        and(exists("a"), exists("b"), io.knarr.v1.Filter.getDefaultInstance()),
                        ErrorCode.INVALID_FILTER,
                        "filter.and.filters[2]"),
                arguments(
                        or(io.knarr.v1.Filter.getDefaultInstance()), ErrorCode.INVALID_FILTER, "filter.or.filters[0]"),
                arguments(
                        io.knarr.v1.Filter.newBuilder()
                                .setNot(NotFilter.getDefaultInstance())
                                .build(),
                        ErrorCode.INVALID_FILTER,
                        "filter.not.filter"),
                arguments(equal("a"), ErrorCode.INVALID_FILTER, "filter.equal.values"),
                arguments(equal("", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal("1a", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal("a..b", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal(".a", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal("a.", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal("a b", integer(1)), ErrorCode.INVALID_FILTER, "filter.equal.field"),
                arguments(equal("a".repeat(129), integer(1)), ErrorCode.LIMIT_EXCEEDED, "filter.equal.field"),
                arguments(equal("a" + ".a".repeat(17), integer(1)), ErrorCode.LIMIT_EXCEEDED, "filter.equal.field"),
                arguments(equal("a" + ".a".repeat(99_999), integer(1)), ErrorCode.LIMIT_EXCEEDED, "filter.equal.field"),
                arguments(
                        equal("a", integer(1), Value.getDefaultInstance()),
                        ErrorCode.INVALID_FILTER,
                        "filter.equal.values[1]"),
                arguments(equal("a", integer(1), text("1")), ErrorCode.INVALID_FILTER, "filter.equal.values[1]"),
                arguments(equal("a", integer(1), number(1)), ErrorCode.INVALID_FILTER, "filter.equal.values[1]"),
                arguments(
                        equal("a", Value.newBuilder().setNullValue(true).build()),
                        ErrorCode.INVALID_FILTER,
                        "filter.equal.values[0]"),
                arguments(
                        equal(
                                "a",
                                Value.newBuilder()
                                        .setListValue(ListValue.getDefaultInstance())
                                        .build()),
                        ErrorCode.INVALID_FILTER,
                        "filter.equal.values[0]"),
                arguments(equal("a", number(Double.NaN)), ErrorCode.NOT_FINITE, "filter.equal.values[0].double_value"),
                arguments(
                        equal("a", time(253_402_300_800L, 0)),
                        ErrorCode.INVALID_FILTER,
                        "filter.equal.values[0].timestamp_value.seconds"),
                arguments(equal("a", integers(10_001)), ErrorCode.LIMIT_EXCEEDED, "filter.equal.values"),
                arguments(range(RangeFilter.newBuilder().setField("a")), ErrorCode.INVALID_FILTER, "filter.range"),
                arguments(
                        range(RangeFilter.newBuilder().setGt(integer(1))),
                        ErrorCode.INVALID_FILTER,
                        "filter.range.field"),
                arguments(
                        range(RangeFilter.newBuilder().setField("a").setGte(Value.getDefaultInstance())),
                        ErrorCode.INVALID_FILTER,
                        "filter.range.gte"),
                arguments(
                        range(RangeFilter.newBuilder().setField("a").setLt(number(Double.POSITIVE_INFINITY))),
                        ErrorCode.NOT_FINITE,
                        "filter.range.lt.double_value"),
                arguments(
                        range(RangeFilter.newBuilder()
                                .setField("a")
                                .setLte(Value.newBuilder().setBoolValue(true))),
                        ErrorCode.INVALID_FILTER,
                        "filter.range.lte"),
                arguments(
                        range(RangeFilter.newBuilder()
                                .setField("a")
                                .setGt(integer(1))
                                .setLt(text("2"))),
                        ErrorCode.INVALID_FILTER,
                        "filter.range"),
                arguments(hasId(), ErrorCode.INVALID_FILTER, "filter.has_id.ids"),
                arguments(hasId(io.knarr.v1.RecordId.newBuilder()), ErrorCode.INVALID_FILTER, "filter.has_id.ids[0]"),
                arguments(
                        hasId(io.knarr.v1.RecordId.newBuilder().setUuid("1-2-3-4-5")),
                        ErrorCode.INVALID_FILTER,
                        "filter.has_id.ids[0].uuid"),
                arguments(
                        hasId(io.knarr.v1.RecordId.newBuilder().setStringId("")),
                        ErrorCode.INVALID_FILTER,
                        "filter.has_id.ids[0].string_id"),
                arguments(
                        hasId(io.knarr.v1.RecordId.newBuilder().setStringId("é".repeat(257))),
                        ErrorCode.LIMIT_EXCEEDED,
                        "filter.has_id.ids[0].string_id"),
                arguments(exists(""), ErrorCode.INVALID_FILTER, "filter.exists.field"),
                arguments(
                        not(and(not(exists("!")))),
                        ErrorCode.INVALID_FILTER,
                        "filter.not.filter.and.filters[0].not.filter.exists.field"),
                arguments(nested(33), ErrorCode.LIMIT_EXCEEDED, "filter" + ".not.filter".repeat(32)),
                arguments(wide(1_024), ErrorCode.LIMIT_EXCEEDED, "filter.and.filters[1023]"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void refusesWhatItDoesNotUnderstandNamingTheNode(io.knarr.v1.Filter filter, ErrorCode code, String path) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> map(filter))
                .satisfies(e -> {
                    assertThat(e.field()).hasValue(path);
                    assertThat(e.code()).isEqualTo(code);
                    if (code == ErrorCode.LIMIT_EXCEEDED) {
                        assertThat(e.details()).containsKeys("limit", "actual");
                    }
                });
    }

    @Test
    void readsUuidsOfEitherCase() {
        UUID uuid = UUID.fromString("0123abcd-0123-4567-89ab-0123456789ab");

        assertThat(map(hasId(io.knarr.v1.RecordId.newBuilder().setUuid("0123ABCD-0123-4567-89AB-0123456789ab"))))
                .isEqualTo(new Filter.HasId(Set.of(RecordId.of(uuid))));
    }

    private static Filter map(io.knarr.v1.Filter filter) {
        return FilterMapper.toFilter(filter, ROOT, Limits.DEFAULT);
    }

    private static io.knarr.v1.Filter nested(int levels) {
        io.knarr.v1.Filter filter = exists("a");
        for (int i = 1; i < levels; i++) {
            filter = not(filter);
        }
        return filter;
    }

    private static io.knarr.v1.Filter wide(int leaves) {
        return and(Collections.nCopies(leaves, exists("a")).toArray(io.knarr.v1.Filter[]::new));
    }

    private static io.knarr.v1.Filter and(io.knarr.v1.Filter... filters) {
        return io.knarr.v1.Filter.newBuilder()
                .setAnd(AndFilter.newBuilder().addAllFilters(List.of(filters)))
                .build();
    }

    private static io.knarr.v1.Filter or(io.knarr.v1.Filter... filters) {
        return io.knarr.v1.Filter.newBuilder()
                .setOr(OrFilter.newBuilder().addAllFilters(List.of(filters)))
                .build();
    }

    private static io.knarr.v1.Filter not(io.knarr.v1.Filter filter) {
        return io.knarr.v1.Filter.newBuilder()
                .setNot(NotFilter.newBuilder().setFilter(filter))
                .build();
    }

    private static io.knarr.v1.Filter equal(String field, Value... values) {
        return io.knarr.v1.Filter.newBuilder()
                .setEqual(EqualFilter.newBuilder().setField(field).addAllValues(List.of(values)))
                .build();
    }

    private static io.knarr.v1.Filter range(RangeFilter.Builder range) {
        return io.knarr.v1.Filter.newBuilder().setRange(range).build();
    }

    private static io.knarr.v1.Filter exists(String field) {
        return io.knarr.v1.Filter.newBuilder()
                .setExists(ExistsFilter.newBuilder().setField(field))
                .build();
    }

    private static io.knarr.v1.Filter hasId(io.knarr.v1.RecordId.Builder... ids) {
        HasIdFilter.Builder hasId = HasIdFilter.newBuilder();
        for (io.knarr.v1.RecordId.Builder id : ids) {
            hasId.addIds(id);
        }
        return io.knarr.v1.Filter.newBuilder().setHasId(hasId).build();
    }

    private static Value integer(long value) {
        return Value.newBuilder().setInt64Value(value).build();
    }

    private static Value[] integers(int count) {
        return IntStream.range(0, count).mapToObj(FilterMapperTest::integer).toArray(Value[]::new);
    }

    private static Value number(double value) {
        return Value.newBuilder().setDoubleValue(value).build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }

    private static Value time(long seconds, int nanos) {
        return Value.newBuilder()
                .setTimestampValue(Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos))
                .build();
    }
}
