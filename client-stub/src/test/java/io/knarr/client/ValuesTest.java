package io.knarr.client;

import static io.knarr.client.Filters.and;
import static io.knarr.client.Filters.eq;
import static io.knarr.client.Filters.exists;
import static io.knarr.client.Filters.hasId;
import static io.knarr.client.Filters.in;
import static io.knarr.client.Filters.not;
import static io.knarr.client.Filters.or;
import static io.knarr.client.Filters.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.TextFormat;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Values that users hold, and what becomes of them on the wire. */
class ValuesTest {
    @Test
    void fieldsComeBackAsTheyWereGiven() {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("text", "Wölfe");
        values.put("long", Long.MIN_VALUE);
        values.put("double", 0.1);
        values.put("bool", false);
        values.put("instant", Instant.parse("2026-01-31T20:15:00.123456789Z"));
        values.put("nothing", null);
        values.put("list", List.of("a", "b"));
        values.put("object", Fields.of(Map.of("inner", List.of(1L, 2L))));

        Fields fields = Fields.of(values);

        assertThat(FieldValues.decode(FieldValues.encode(fields))).isEqualTo(fields);
        assertThat(fields.asMap()).isEqualTo(values);
        assertThat(fields.has("nothing")).isTrue();
        assertThat(fields.string("nothing")).isEmpty();
        assertThat(fields.has("missing")).isFalse();
        assertThat(fields.number("long")).hasValue((double) Long.MIN_VALUE);
        assertThat(fields.object("object").list("inner")).isEqualTo(List.of(1L, 2L));
    }

    @Test
    void smallerTypesBecomeTheOnesThatTravel() {
        UUID uuid = UUID.randomUUID();
        Fields fields = Fields.of(Map.of(
                "int", 7, "short", (short) 7, "byte", (byte) 7, "float", 0.5f, "uuid", uuid, "map", Map.of("a", 1)));

        assertThat(fields.asMap())
                .isEqualTo(Map.of(
                        "int",
                        7L,
                        "short",
                        7L,
                        "byte",
                        7L,
                        "float",
                        0.5,
                        "uuid",
                        uuid.toString(),
                        "map",
                        Fields.of(Map.of("a", 1L))));
    }

    @Test
    void whatNoFieldCanHoldIsRefusedByName() {
        for (Object bad : List.of(Double.NaN, Float.POSITIVE_INFINITY, new Object(), List.of(Double.NaN), 'c')) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KnarrRecord.builder().field("broken", bad).build())
                    .withMessageContaining("field=broken");
        }
        List<@Nullable Object> holed = new ArrayList<>();
        holed.add(null);
        assertThatIllegalArgumentException().isThrownBy(() -> Fields.of(Map.of("f", holed)));
    }

    @Test
    void aValueOfAKindThatIsNewToTheClientIsAFailure() {
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> FieldValues.decode(Value.getDefaultInstance()))
                .withMessageContaining("Value.kind");
    }

    @Test
    void theThreeKindsOfKeysStayApart() {
        UUID uuid = UUID.fromString("018f4e5a-1111-7222-8333-444455556666");
        List<RecordKey> keys =
                List.of(RecordKey.of("7"), RecordKey.of(7), RecordKey.of(uuid), RecordKey.of(uuid.toString()));

        assertThat(keys).doesNotHaveDuplicates();
        assertThat(keys).allSatisfy(key -> assertThat(WireRecords.decode(WireRecords.encode(key)))
                .isEqualTo(key));
        assertThat(RecordKey.of(-1)).hasToString("18446744073709551615");
    }

    @Test
    void aStringKeyIsMeasuredInBytes() {
        assertThat(RecordKey.of("ä".repeat(256))).isNotNull();
        assertThatIllegalArgumentException().isThrownBy(() -> RecordKey.of("ä".repeat(257)));
        assertThatIllegalArgumentException().isThrownBy(() -> RecordKey.of(""));
    }

    @Test
    void aFilterTravelsNodeByNode() {
        Filter filter = and(
                eq("year", 2024),
                or(in("tag", "a", "b"), not(exists("draft"))),
                range("price").gt(1).gte(1.5).lt(3).lte(2.5),
                hasId(RecordKey.of("x")));

        assertThat(TextFormat.printer().emittingSingleLine(true).printToString(WireFilters.encode(filter)))
                .isEqualTo("and { filters { equal { field: \"year\" values { int64_value: 2024 } } }"
                        + " filters { or { filters { equal { field: \"tag\" values { string_value: \"a\" }"
                        + " values { string_value: \"b\" } } } filters { not { filter { exists { field: \"draft\" } } } } } }"
                        + " filters { range { field: \"price\" gt { int64_value: 1 } gte { double_value: 1.5 }"
                        + " lt { int64_value: 3 } lte { double_value: 2.5 } } }"
                        + " filters { has_id { ids { string_id: \"x\" } } } }");
    }

    @Test
    void aRecordDoesNotShareItsArrays() {
        float[] given = {1, 2};
        KnarrRecord record = KnarrRecord.builder().vector(given).build();
        given[0] = 9;
        record.vector().orElseThrow()[1] = 9;

        assertThat(record.vector().orElseThrow()).containsExactly(1, 2);
    }

    @Test
    void aRecordThatWasReadCanBeChangedAndWrittenAgain() {
        io.knarr.v1.Record stored = WireRecords.encode(
                        KnarrRecord.builder()
                                .vector("v", 1, 2)
                                .field("a", 1)
                                .field("b", null)
                                .build(),
                        RecordKey.of("id"))
                .toBuilder()
                .setVersion(7)
                .setUpdateTime(FieldValues.encode(Instant.EPOCH))
                .build();

        KnarrRecord read = WireRecords.decode(stored);
        KnarrRecord changed = read.toBuilder().field("a", 2).build();

        assertThat(read.version()).isEqualTo(7);
        assertThat(read.updateTime()).contains(Instant.EPOCH);
        assertThat(read.createTime()).isEmpty();
        assertThat(changed.id()).contains(RecordKey.of("id"));
        assertThat(changed.fields().integer("a")).hasValue(2);
        assertThat(changed.fields().has("b")).isTrue();
        assertThat(changed.vector("v").orElseThrow()).containsExactly(1, 2);
    }

    @Test
    void aSearchIsNotChangedByWhatIsMadeOfIt() {
        Search search = Search.nearest(1, 2);
        Search other = search.limit(3).offset(4).exact().explain().on("v").filter(exists("f"));

        assertThat(search.encode("c")).isEqualTo(Search.nearest(1, 2).encode("c"));
        assertThat(other.encode("c")).satisfies(request -> {
            assertThat(request.getLimit()).isEqualTo(3);
            assertThat(request.getOffset()).isEqualTo(4);
            assertThat(request.getExact()).isTrue();
            assertThat(request.getExplain()).isTrue();
            assertThat(request.getVectorName()).isEqualTo("v");
            assertThat(request.getFilter().getExists().getField()).isEqualTo("f");
            assertThat(request.getVector().getValuesList()).containsExactly(1f, 2f);
        });
        assertThatIllegalArgumentException().isThrownBy(() -> search.limit(0));
        assertThatIllegalArgumentException().isThrownBy(() -> search.offset(-1));
    }

    @Test
    void anExplanationIsReadWhole() {
        SearchExplanation.Builder explanation = SearchExplanation.newBuilder()
                .setPlan("graph-fast-filtered")
                .setMetric(io.knarr.v1.Metric.METRIC_DOT)
                .setPlanReason("an exact answer would take longer")
                .setExpectedDuration(
                        com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(350));
        SearchResponse.Builder response = SearchResponse.newBuilder().setAnswerKind(AnswerKind.ANSWER_KIND_APPROXIMATE);

        SearchReply reply =
                WireRecords.decode(response.setExplanation(explanation).build());
        SearchReply without = WireRecords.decode(
                response.setExplanation(explanation.clearExpectedDuration()).build());

        assertThat(reply.explanation()).hasValueSatisfying(read -> {
            assertThat(read.plan()).isEqualTo("graph-fast-filtered");
            assertThat(read.planReason()).isEqualTo("an exact answer would take longer");
            assertThat(read.expectedDuration()).contains(Duration.ofSeconds(1, 350));
        });
        assertThat(without.explanation())
                .hasValueSatisfying(read -> assertThat(read.expectedDuration()).isEmpty());
    }

    @Test
    void aProjectionAsksForWhatItSays() {
        assertThat(WireRecords.fields(Projection.STANDARD)).isEqualTo(io.knarr.v1.FieldSelection.getDefaultInstance());
        assertThat(WireRecords.vectors(Projection.EVERYTHING).getAll()).isTrue();
        assertThat(WireRecords.fields(Projection.IDS).getNone()).isTrue();
        assertThat(WireRecords.fields(Projection.IDS.withFields("a", "b")))
                .isEqualTo(io.knarr.v1.FieldSelection.newBuilder()
                        .addNames("a")
                        .addNames("b")
                        .build());
        assertThat(WireRecords.vectors(Projection.EVERYTHING.withVectors("v")))
                .isEqualTo(
                        io.knarr.v1.VectorSelection.newBuilder().addNames("v").build());
    }

    @Test
    void timeOrderedIdsGrowThoughTheClockStandsStillOrStepsBack() {
        long[] now = {1_000};
        TimeOrderedIds ids = new TimeOrderedIds(() -> Instant.ofEpochMilli(now[0]), new Random(1));
        List<UUID> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            made.add(ids.next());
        }
        now[0] = 500;
        made.add(ids.next());
        now[0] = 2_000;
        made.add(ids.next());

        assertThat(made).doesNotHaveDuplicates().isSortedAccordingTo((a, b) -> a.toString()
                .compareTo(b.toString()));
        assertThat(made).allSatisfy(id -> {
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
        });
        assertThat(made.getLast().getMostSignificantBits() >>> 16).isEqualTo(2_000);
    }

    @Test
    void aListIsWalkedThroughEmptyPagesToItsEnd() throws Exception {
        try (FakeKnarr server = new FakeKnarr();
                KnarrClient client = KnarrClient.connect(server.address())) {
            CollectionHandle collection = client.collection("c");
            for (int i = 0; i < 25; i++) {
                collection.upsert(KnarrRecord.builder().id(i).vector(1).build());
            }
            Paged<KnarrRecord> all = collection.listAll(ListQuery.ALL.pageSize(10));

            assertThat(all.stream().map(record -> record.id().orElseThrow()))
                    .hasSize(25)
                    .doesNotHaveDuplicates();
            assertThat(all).as("a second walk starts anew").hasSize(25);
            Iterator<KnarrRecord> walk = all.iterator();
            while (walk.hasNext()) {
                walk.next();
            }
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(walk::next);
        }
    }

    @Test
    void aListThatGoesInACircleIsAFailure() {
        Paged<String> circle = new Paged<>(token -> new Page<>(List.of(), "again"));

        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> circle.iterator().hasNext())
                .withMessageContaining("itself");
    }
}
