package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
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
import io.knarr.server.model.GeoPoint;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorElement;
import io.knarr.server.model.VectorSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is stored comes back, and only what was asked for. */
class RecordCodecTest {
    private static final RecordId ID = RecordId.of("id");
    private static final byte[] KEY = IndexKeys.record(3, ID);
    private static final Schema SCHEMA = new Schema(
            List.of(
                    new VectorSpec("a", 2, Metric.DOT),
                    new VectorSpec("b", 1, Metric.COSINE),
                    new VectorSpec("c", 3, Metric.EUCLID),
                    VectorSpec.sparse("d", true)),
            List.of(),
            false);

    private static Map<String, FieldValue> everyKind() {
        Map<String, FieldValue> inner = new LinkedHashMap<>();
        inner.put("", new StringValue("\uD83D\uDE00\u0000"));
        inner.put("list", new ListValue(List.of(new ObjectValue(new LinkedHashMap<>()), new ListValue(List.of()))));
        Map<String, FieldValue> fields = new LinkedHashMap<>();
        fields.put("null", new NullValue());
        fields.put("true", new BoolValue(true));
        fields.put("false", new BoolValue(false));
        for (long number : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            fields.put("int" + number, new IntValue(number));
        }
        for (double number : new double[] {0.0, -0.0, Double.MIN_VALUE, -Double.MAX_VALUE, Math.PI}) {
            fields.put("double" + number, new DoubleValue(number));
        }
        fields.put("text", new StringValue("x".repeat(300)));
        fields.put("early", new TimestampValue(Instant.parse("0001-01-01T00:00:00.000000001Z")));
        fields.put("late", new TimestampValue(Instant.parse("9999-12-31T23:59:59.999999999Z")));
        fields.put("place", new GeoValue(new GeoPoint(-180, -0.0)));
        fields.put("object", new ObjectValue(new LinkedHashMap<>(inner)));
        return fields;
    }

    @Test
    void everyKindOfValueAndTheVectorsAreReadAsTheyWereWritten() {
        @Nullable
        VectorData[] vectors = {
            VectorData.of(1, -0.0f),
            null,
            VectorData.of(Float.MIN_VALUE, Float.MAX_VALUE, 3),
            new VectorData.Sparse(new int[] {0, 7, 8, Integer.MAX_VALUE, -2, -1}, new float[] {1, -2, 3, 4, 5, 6})
        };
        byte[] bytes = RecordCodec.encodeBody(SCHEMA, everyKind(), vectors);
        RecordCodec.seal(KEY, bytes, 7, -1, 1_000_001, -2_000_001);

        StoredRecord all = RecordCodec.decode(ID, KEY, bytes, SCHEMA, new Selection.All(), new Selection.All());
        assertThat(all.fields()).isEqualTo(everyKind());
        assertThat(new ArrayList<>(all.fields().keySet()))
                .isEqualTo(new ArrayList<>(everyKind().keySet()));
        assertThat(all.vectors()).containsOnlyKeys("a", "c", "d");
        assertThat(all.vectors().get("d")).isEqualTo(vectors[3]);
        assertThat(all.vectors().get("a")).isEqualTo(vectors[0]);
        assertThat(all.vectors().get("c")).isEqualTo(vectors[2]);
        assertThat(all.version()).isEqualTo(7);
        assertThat(all.createTime()).isEqualTo(Instant.parse("1969-12-31T23:59:59.999999Z"));
        assertThat(all.updateTime()).isEqualTo(Instant.parse("1970-01-01T00:00:01.000001Z"));
        assertThat(all.expireTime()).contains(Instant.parse("1969-12-31T23:59:57.999999Z"));

        StoredRecord some = RecordCodec.decode(
                ID,
                KEY,
                bytes,
                SCHEMA,
                new Selection.Only(Set.of("true", "absent")),
                new Selection.Only(Set.of("b", "c")));
        assertThat(some.fields()).containsOnlyKeys("true");
        assertThat(some.vectors()).containsOnlyKeys("c");

        StoredRecord none = RecordCodec.decode(ID, KEY, bytes, SCHEMA, new Selection.None(), new Selection.None());
        assertThat(none.fields()).isEmpty();
        assertThat(none.vectors()).isEmpty();
    }

    @Test
    void vectorsOfEveryFormAreReadAsTheyWereWrittenAndPassedOver() {
        List<VectorSpec> specs = new ArrayList<>();
        List<VectorData> vectors = new ArrayList<>();
        for (VectorElement element : VectorElement.values()) {
            specs.add(new VectorSpec("one" + element, 3, Metric.COSINE, element));
            vectors.add(VectorData.of(-128, 127, 0));
            specs.add(VectorSpec.multi("many" + element, 2, Metric.DOT, element));
            vectors.add(new VectorData.Multi(2, new float[] {1, -2, 3, -4, 127, 0}));
        }
        specs.add(new VectorSpec("last", 1, Metric.DOT));
        vectors.add(VectorData.of(0.1f));
        Schema schema = new Schema(specs, List.of(), false);
        byte[] bytes = RecordCodec.encodeBody(schema, Map.of(), vectors.toArray(VectorData[]::new));
        RecordCodec.seal(KEY, bytes, 7, 1, 1, RecordCodec.NEVER);

        Map<String, VectorData> all = RecordCodec.decode(
                        ID, KEY, bytes, schema, new Selection.None(), new Selection.All())
                .vectors();
        for (int place = 0; place < specs.size(); place++) {
            assertThat(all).containsEntry(specs.get(place).name(), vectors.get(place));
        }
        assertThat(RecordCodec.decode(ID, KEY, bytes, schema, new Selection.None(), new Selection.Only(Set.of("last")))
                        .vectors())
                .isEqualTo(Map.of("last", VectorData.of(0.1f)));
        Schema before = new Schema(specs.subList(0, 1), List.of(), false);
        assertThat(RecordCodec.decode(ID, KEY, bytes, before, new Selection.None(), new Selection.All())
                        .vectors())
                .containsOnlyKeys("oneFLOAT32");
    }

    @Test
    void aCollectionIsReadAsItWasWritten() {
        List<VectorSpec> vectors = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            vectors.add(new VectorSpec("v" + metric, VectorSpec.MAX_DIMENSION, metric));
        }
        for (VectorElement element : VectorElement.values()) {
            vectors.add(new VectorSpec("one" + element, 1, Metric.EUCLID, element));
            vectors.add(VectorSpec.multi("many" + element, 2, Metric.COSINE, element));
        }
        vectors.add(VectorSpec.sparse("sparse", false));
        vectors.add(VectorSpec.sparse("rare", true));
        List<FieldSpec> fields = new ArrayList<>();
        for (FieldType type : FieldType.values()) {
            fields.add(new FieldSpec("one" + type, type, false));
            fields.add(new FieldSpec("many" + type, type, true));
        }
        fields.add(new FieldSpec("text", FieldType.TEXT, false, List.of(), "chinese"));
        fields.add(new FieldSpec(
                "outer",
                FieldType.OBJECT,
                true,
                List.of(
                        new FieldSpec(
                                "inner", FieldType.OBJECT, false, List.of(new FieldSpec("a", FieldType.GEO, true))),
                        new FieldSpec("b", FieldType.PATH, false))));
        Collection collection = new Collection(
                "name",
                Integer.MAX_VALUE,
                UUID.randomUUID(),
                Instant.parse("2026-01-01T00:00:00.000001Z"),
                new Schema(vectors, fields, true),
                Optional.of(Duration.ofNanos(1_000)));

        assertThat(CollectionCodec.decode("name", CollectionCodec.encode(collection)))
                .isEqualTo(collection);
    }

    @Test
    void idsMadeByTheServerAreUuidsOfVersionSevenThatSortByTime() {
        UUID uuid = TimeOrderedIds.uuid(0x0123_4567_89abL, -1, -1);

        assertThat(uuid).hasToString("01234567-89ab-7fff-bfff-ffffffffffff");
        assertThat(TimeOrderedIds.uuid(0x0123_4567_89abL, 0, 0)).hasToString("01234567-89ab-7000-8000-000000000000");
        assertThat(uuid.version()).isEqualTo(7);
        assertThat(uuid.variant()).isEqualTo(2);
        assertThat(RecordId.of(TimeOrderedIds.uuid(2, 0, 0)))
                .isGreaterThan(RecordId.of(TimeOrderedIds.uuid(1, -1, -1)));
        assertThat(TimeOrderedIds.next()).isNotEqualTo(TimeOrderedIds.next());
        long millis = TimeOrderedIds.next().asUuid().getMostSignificantBits() >>> 16;
        assertThat(millis).isBetween(1_767_225_600_000L, System.currentTimeMillis());
    }

    @Test
    void aRecordNeverTakesLessInAReplyThanWasFoundBeforeItWasBuilt() {
        byte[] bytes = RecordCodec.encodeBody(SCHEMA, everyKind(), new VectorData[] {VectorData.of(1, 2)});
        RecordCodec.seal(KEY, bytes, 7, 1, 1, RecordCodec.NEVER);
        StoredRecord record = RecordCodec.decode(ID, KEY, bytes, SCHEMA, new Selection.All(), new Selection.All());

        assertThat(ReplySizes.atLeast(record)).isBetween(500L, (long) bytes.length);
    }
}
