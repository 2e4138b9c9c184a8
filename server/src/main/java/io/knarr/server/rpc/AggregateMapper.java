package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.AggregateReply;
import io.knarr.server.model.AggregateResult;
import io.knarr.server.model.Aggregation;
import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.AggregationResult;
import io.knarr.v1.Bucket;
import io.knarr.v1.BucketResult;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.HistogramAggregation;
import io.knarr.v1.TimeHistogramAggregation;
import io.knarr.v1.ValueResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Reads aggregations, and writes what they came to. One object reads those of one call, since it counts them. */
final class AggregateMapper {
    private static final int DEFAULT_GROUPS = 10;
    private static final int MAX_NANOS = 999_999_999;

    /** Ten thousand years: longer than timestamps reach. */
    private static final long MAX_SECONDS = 315_576_000_000L;

    private final Limits limits;
    private int count;

    private AggregateMapper(Limits limits) {
        this.limits = limits;
    }

    /** Returns the aggregations of a call, at least one. @throws io.knarr.server.error.ServiceException INVALID_FIELD, LIMIT_EXCEEDED */
    static SequencedMap<String, Aggregation> toAggregations(
            Map<String, io.knarr.v1.Aggregation> aggregations, FieldPath path, Limits limits) {
        if (aggregations.isEmpty()) {
            throw Rejections.invalid(path, "At least one aggregation is needed");
        }
        return new AggregateMapper(limits).all(aggregations, path, 1);
    }

    private SequencedMap<String, Aggregation> all(
            Map<String, io.knarr.v1.Aggregation> aggregations, FieldPath path, int depth) {
        SequencedMap<String, Aggregation> read = new LinkedHashMap<>();
        aggregations.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            FieldPath entryPath = path.key(entry.getKey());
            count++;
            if (count > Aggregation.MAX_COUNT) {
                throw Rejections.limit(path, "A call has too many aggregations", Aggregation.MAX_COUNT, count);
            }
            if (depth > Aggregation.MAX_DEPTH) {
                throw Rejections.limit(entryPath, "Aggregations nest too deeply", Aggregation.MAX_DEPTH, depth);
            }
            read.put(NameMapper.aggregation(entry.getKey(), entryPath), one(entry.getValue(), entryPath, depth));
        });
        return read;
    }

    private Aggregation one(io.knarr.v1.Aggregation aggregation, FieldPath path, int depth) {
        return switch (aggregation.getKindCase()) {
            case COUNT -> {
                String field = aggregation.getCount().getField();
                FieldPath fieldPath = path.field("count").field("field");
                yield new Aggregation.Count(
                        field.isEmpty() ? field : NameMapper.fieldInRead(field, fieldPath, limits.maxValueDepth()));
            }
            case DISTINCT -> new Aggregation.Distinct(field(aggregation.getDistinct(), path.field("distinct")));
            case MIN -> new Aggregation.Min(field(aggregation.getMin(), path.field("min")));
            case MAX -> new Aggregation.Max(field(aggregation.getMax(), path.field("max")));
            case SUM -> new Aggregation.Sum(field(aggregation.getSum(), path.field("sum")));
            case AVERAGE -> new Aggregation.Average(field(aggregation.getAverage(), path.field("average")));
            case GROUPS -> groups(aggregation.getGroups(), path.field("groups"), depth);
            case HISTOGRAM -> histogram(aggregation.getHistogram(), path.field("histogram"), depth);
            case TIME_HISTOGRAM -> timeHistogram(aggregation.getTimeHistogram(), path.field("time_histogram"), depth);
            case KIND_NOT_SET -> throw Rejections.invalid(path, "An aggregation must have exactly one kind set");
        };
    }

    private String field(FieldAggregation aggregation, FieldPath path) {
        return field(aggregation.getField(), path);
    }

    private String field(String field, FieldPath path) {
        return NameMapper.fieldInRead(field, path.field("field"), limits.maxValueDepth());
    }

    private Aggregation groups(GroupAggregation groups, FieldPath path, int depth) {
        int limit = groups.getLimit();
        if (limit < 0) {
            throw Rejections.invalid(path.field("limit"), "A limit must not be negative")
                    .with("actual", limit);
        }
        if (limit > Aggregation.MAX_BUCKETS) {
            throw Rejections.limit(path.field("limit"), "A call returns fewer groups", Aggregation.MAX_BUCKETS, limit);
        }
        return new Aggregation.Groups(
                field(groups.getField(), path),
                limit == 0 ? DEFAULT_GROUPS : limit,
                all(groups.getAggregationsMap(), path.field("aggregations"), depth + 1));
    }

    private Aggregation histogram(HistogramAggregation histogram, FieldPath path, int depth) {
        requireFinite(histogram.getInterval(), path.field("interval"));
        requireFinite(histogram.getOffset(), path.field("offset"));
        if (!(histogram.getInterval() > 0)) {
            throw Rejections.invalid(path.field("interval"), "An interval must be longer than 0");
        }
        return new Aggregation.Histogram(
                field(histogram.getField(), path),
                histogram.getInterval(),
                histogram.getOffset(),
                all(histogram.getAggregationsMap(), path.field("aggregations"), depth + 1));
    }

    private static void requireFinite(double number, FieldPath path) {
        if (!Double.isFinite(number)) {
            throw Rejections.of(ErrorCode.NOT_FINITE, path, "A number must not be NaN or infinite");
        }
    }

    private Aggregation timeHistogram(TimeHistogramAggregation histogram, FieldPath path, int depth) {
        Duration interval = duration(histogram.getInterval(), path.field("interval"));
        if (!interval.isPositive()) {
            throw Rejections.invalid(path.field("interval"), "An interval must be longer than 0");
        }
        return new Aggregation.TimeHistogram(
                field(histogram.getField(), path),
                interval,
                duration(histogram.getOffset(), path.field("offset")),
                all(histogram.getAggregationsMap(), path.field("aggregations"), depth + 1));
    }

    private static Duration duration(com.google.protobuf.Duration duration, FieldPath path) {
        boolean sameSign = (duration.getSeconds() <= 0 || duration.getNanos() >= 0)
                && (duration.getSeconds() >= 0 || duration.getNanos() <= 0);
        if (Math.abs(duration.getNanos()) > MAX_NANOS
                || duration.getSeconds() > MAX_SECONDS
                || duration.getSeconds() < -MAX_SECONDS
                || !sameSign) {
            throw Rejections.invalid(path, "Not a duration: out of range, or seconds and nanoseconds differ in sign");
        }
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    /** Returns what aggregations came to, as protobuf. */
    static AggregateRecordsResponse toResponse(AggregateReply reply) {
        AggregateRecordsResponse.Builder response =
                AggregateRecordsResponse.newBuilder().setMatchedCount(reply.matchedCount());
        reply.results().forEach((name, result) -> response.putResults(name, toProto(result)));
        return response.build();
    }

    private static AggregationResult toProto(AggregateResult result) {
        AggregationResult.Builder proto = AggregationResult.newBuilder();
        switch (result) {
            case AggregateResult.Counted(long counted) -> proto.setCount(counted);
            case AggregateResult.Taken taken -> {
                ValueResult.Builder value = proto.getValueBuilder().setValueCount(taken.valueCount());
                taken.value().ifPresent(present -> value.setValue(ValueMapper.toProto(present)));
            }
            case AggregateResult.Bucketed bucketed -> {
                BucketResult.Builder buckets = proto.getBucketsBuilder()
                        .setBucketCount(bucketed.bucketCount())
                        .setMissingCount(bucketed.missingCount());
                bucketed.buckets().forEach(bucket -> buckets.addBuckets(toProto(bucket)));
            }
        }
        return proto.build();
    }

    private static Bucket toProto(AggregateResult.Bucket bucket) {
        Bucket.Builder proto =
                Bucket.newBuilder().setKey(ValueMapper.toProto(bucket.key())).setCount(bucket.count());
        bucket.nested().forEach((name, result) -> proto.putResults(name, toProto(result)));
        return proto.build();
    }
}
