package io.knarr.it;

import com.google.protobuf.Timestamp;
import io.knarr.v1.AndFilter;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.ListValue;
import io.knarr.v1.Metric;
import io.knarr.v1.NotFilter;
import io.knarr.v1.OrFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.util.List;

/** Short ways to write messages. */
final class Requests {
    private Requests() {}

    static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }

    static Value number(long value) {
        return Value.newBuilder().setInt64Value(value).build();
    }

    static Value real(double value) {
        return Value.newBuilder().setDoubleValue(value).build();
    }

    static Value bool(boolean value) {
        return Value.newBuilder().setBoolValue(value).build();
    }

    static Value instant(long seconds, int nanos) {
        return Value.newBuilder()
                .setTimestampValue(Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos))
                .build();
    }

    static Value list(Value... values) {
        return Value.newBuilder()
                .setListValue(ListValue.newBuilder().addAllValues(List.of(values)))
                .build();
    }

    static Vector vector(float... values) {
        Vector.Builder vector = Vector.newBuilder();
        for (float value : values) {
            vector.addValues(value);
        }
        return vector.build();
    }

    static RecordId id(String id) {
        return RecordId.newBuilder().setStringId(id).build();
    }

    static RecordId id(long id) {
        return RecordId.newBuilder().setUint64Id(id).build();
    }

    static Record.Builder record(String id, float... values) {
        return Record.newBuilder().setId(id(id)).putVectors("default", vector(values));
    }

    static UpsertRecordsRequest upsert(String collection, Record... records) {
        return UpsertRecordsRequest.newBuilder()
                .setCollection(collection)
                .addAllRecords(List.of(records))
                .build();
    }

    /** Returns the creation of an open collection with one Euclidean vector named default. */
    static CreateCollectionRequest create(String collection, int dimension) {
        return CreateCollectionRequest.newBuilder()
                .setName(collection)
                .setSchema(Schema.newBuilder()
                        .addVectors(
                                VectorSpec.newBuilder().setDimension(dimension).setMetric(Metric.METRIC_EUCLID)))
                .build();
    }

    static Filter and(Filter... filters) {
        return Filter.newBuilder()
                .setAnd(AndFilter.newBuilder().addAllFilters(List.of(filters)))
                .build();
    }

    static Filter or(Filter... filters) {
        return Filter.newBuilder()
                .setOr(OrFilter.newBuilder().addAllFilters(List.of(filters)))
                .build();
    }

    static Filter not(Filter filter) {
        return Filter.newBuilder()
                .setNot(NotFilter.newBuilder().setFilter(filter))
                .build();
    }

    static Filter equal(String field, Value... values) {
        return Filter.newBuilder()
                .setEqual(EqualFilter.newBuilder().setField(field).addAllValues(List.of(values)))
                .build();
    }

    static Filter range(RangeFilter.Builder range) {
        return Filter.newBuilder().setRange(range).build();
    }

    static Filter exists(String field) {
        return Filter.newBuilder()
                .setExists(ExistsFilter.newBuilder().setField(field))
                .build();
    }
}
