package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Schema;
import java.util.EnumSet;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** Checks aggregations against a collection's schema. Paths in errors are those of the request. */
final class AggregationChecker {
    private static final Set<FieldType> NUMBERS = EnumSet.of(FieldType.INT64, FieldType.FLOAT64);
    private static final Set<FieldType> INSTANTS = EnumSet.of(FieldType.TIMESTAMP);
    private static final Set<FieldType> ORDERED = EnumSet.of(
            FieldType.STRING,
            FieldType.INT64,
            FieldType.FLOAT64,
            FieldType.BOOL,
            FieldType.TIMESTAMP,
            FieldType.UUID,
            FieldType.PATH,
            FieldType.TEXT);

    private final Schema schema;

    AggregationChecker(Schema schema) {
        this.schema = schema;
    }

    /** Refuses what cannot be computed. @throws ServiceException UNKNOWN_FIELD, TYPE_MISMATCH */
    void check(SequencedMap<String, Aggregation> aggregations) {
        check(aggregations, "aggregations");
    }

    private void check(SequencedMap<String, Aggregation> aggregations, String path) {
        aggregations.forEach((name, aggregation) -> check(aggregation, path + "[\"" + name + "\"]"));
    }

    private void check(Aggregation aggregation, String path) {
        switch (aggregation) {
            case Aggregation.Count(String field) -> {
                if (!field.isEmpty()) {
                    var _ = FieldPlace.find(schema, field, path + ".count.field");
                }
            }
            case Aggregation.Distinct(String field) -> require(field, ORDERED, path + ".distinct");
            case Aggregation.Min(String field) -> require(field, ORDERED, path + ".min");
            case Aggregation.Max(String field) -> require(field, ORDERED, path + ".max");
            case Aggregation.Sum(String field) -> require(field, NUMBERS, path + ".sum");
            case Aggregation.Average(String field) -> require(field, NUMBERS, path + ".average");
            case Aggregation.Groups groups -> {
                require(groups.field(), ORDERED, path + ".groups");
                check(groups.nested(), path + ".groups.aggregations");
            }
            case Aggregation.Histogram histogram -> {
                require(histogram.field(), NUMBERS, path + ".histogram");
                check(histogram.nested(), path + ".histogram.aggregations");
            }
            case Aggregation.TimeHistogram histogram -> {
                require(histogram.field(), INSTANTS, path + ".time_histogram");
                check(histogram.nested(), path + ".time_histogram.aggregations");
            }
        }
    }

    private void require(String field, Set<FieldType> types, String path) {
        Optional<FieldType> type = FieldPlace.find(schema, field, path + ".field")
                .map(place -> place.spec().type());
        if (type.isPresent() && !types.contains(type.get())) {
            throw ServiceException.atField(
                            ErrorCode.TYPE_MISMATCH,
                            path + ".field",
                            "The field's values are of a type that this aggregation cannot be computed over")
                    .with("type", FieldRules.name(type.get()));
        }
    }
}
