package io.knarr.client;

import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.AggregationResult;
import io.knarr.v1.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What aggregations came to, from the wire. */
final class WireAggregates {
    private WireAggregates() {}

    static AggregateReply decode(AggregateRecordsResponse response) {
        return new AggregateReply(decode(response.getResultsMap()), response.getMatchedCount());
    }

    private static Map<String, AggregateReply.Result> decode(Map<String, AggregationResult> results) {
        Map<String, AggregateReply.Result> decoded = new HashMap<>();
        results.forEach((name, result) -> decoded.put(name, decode(result)));
        return decoded;
    }

    private static AggregateReply.Result decode(AggregationResult result) {
        return switch (result.getKindCase()) {
            case COUNT -> new AggregateReply.Count(result.getCount());
            case VALUE ->
                new AggregateReply.Value(
                        result.getValue().hasValue()
                                ? Optional.of(decode(result.getValue().getValue()))
                                : Optional.empty(),
                        result.getValue().getValueCount());
            case BUCKETS ->
                new AggregateReply.Buckets(
                        result.getBuckets().getBucketsList().stream()
                                .map(bucket -> new AggregateReply.Bucket(
                                        decode(bucket.getKey()), bucket.getCount(), decode(bucket.getResultsMap())))
                                .toList(),
                        result.getBuckets().getBucketCount(),
                        result.getBuckets().getMissingCount());
            case KIND_NOT_SET -> throw FieldValues.unknown("AggregationResult.kind");
        };
    }

    private static Object decode(Value value) {
        Object decoded = FieldValues.decode(value);
        if (decoded == null) {
            throw FieldValues.unknown("Value.null_value");
        }
        return decoded;
    }
}
