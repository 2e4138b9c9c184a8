package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads filters. One object reads one filter, since it counts the nodes. Every part must be understood: a node without a kind, an
 * operand of a kind that cannot be compared, a bound that is missing fails with the path of the node, and is never left out, since a
 * condition that is left out lets every record through.
 */
final class FilterMapper {
    private final Limits limits;
    private int nodes;

    private FilterMapper(Limits limits) {
        this.limits = limits;
    }

    /**
     * Returns the filter at a place of a request.
     *
     * @throws ServiceException INVALID_FILTER, NOT_FINITE, LIMIT_EXCEEDED
     */
    static Filter toFilter(io.knarr.v1.Filter filter, FieldPath path, Limits limits) {
        return new FilterMapper(limits).node(filter, path, 1);
    }

    private Filter node(io.knarr.v1.Filter filter, FieldPath path, int depth) {
        if (depth > limits.maxFilterDepth()) {
            throw Rejections.limit(path, "A filter nests too deeply", limits.maxFilterDepth(), depth);
        }
        nodes++;
        if (nodes > limits.maxFilterNodes()) {
            throw Rejections.limit(path, "A filter has too many nodes", limits.maxFilterNodes(), nodes);
        }
        return switch (filter.getKindCase()) {
            case AND ->
                new Filter.And(children(
                        filter.getAnd().getFiltersList(), path.field("and").field("filters"), depth));
            case OR ->
                new Filter.Or(children(
                        filter.getOr().getFiltersList(), path.field("or").field("filters"), depth));
            case NOT -> {
                FieldPath notPath = path.field("not").field("filter");
                if (!filter.getNot().hasFilter()) {
                    throw malformed(notPath, "A negation needs a filter");
                }
                yield new Filter.Not(node(filter.getNot().getFilter(), notPath, depth + 1));
            }
            case EQUAL -> equal(filter.getEqual(), path.field("equal"));
            case RANGE -> range(filter.getRange(), path.field("range"));
            case HAS_ID -> hasId(filter.getHasId(), path.field("has_id"));
            case EXISTS ->
                new Filter.Exists(field(
                        filter.getExists().getField(), path.field("exists").field("field")));
            case KIND_NOT_SET -> throw malformed(path, "A filter must have exactly one kind set");
        };
    }

    private List<Filter> children(List<io.knarr.v1.Filter> filters, FieldPath path, int depth) {
        List<Filter> children = new ArrayList<>(Math.min(filters.size(), limits.maxFilterNodes()));
        for (int i = 0; i < filters.size(); i++) {
            children.add(node(filters.get(i), path.index(i), depth + 1));
        }
        return children;
    }

    private Filter equal(EqualFilter equal, FieldPath path) {
        String field = field(equal.getField(), path.field("field"));
        FieldPath valuesPath = path.field("values");
        requireCount(equal.getValuesCount(), valuesPath, "value");
        Set<FieldValue> values = HashSet.newHashSet(equal.getValuesCount());
        Value.KindCase first = equal.getValues(0).getKindCase();
        for (int i = 0; i < equal.getValuesCount(); i++) {
            FieldPath valuePath = valuesPath.index(i);
            Value value = equal.getValues(i);
            values.add(ValueMapper.toScalar(value, valuePath, ErrorCode.INVALID_FILTER));
            if (value.getKindCase() != first) {
                throw malformed(valuePath, "The values of a condition must be of one kind");
            }
        }
        return new Filter.Equal(field, values);
    }

    private Filter range(RangeFilter range, FieldPath path) {
        String field = field(range.getField(), path.field("field"));
        Optional<FieldValue> gt = bound(range.hasGt(), range.getGt(), path.field("gt"));
        Optional<FieldValue> gte = bound(range.hasGte(), range.getGte(), path.field("gte"));
        Optional<FieldValue> lt = bound(range.hasLt(), range.getLt(), path.field("lt"));
        Optional<FieldValue> lte = bound(range.hasLte(), range.getLte(), path.field("lte"));
        Set<BoundKind> kinds = new HashSet<>();
        gt.ifPresent(bound -> kinds.add(BoundKind.of(bound)));
        gte.ifPresent(bound -> kinds.add(BoundKind.of(bound)));
        lt.ifPresent(bound -> kinds.add(BoundKind.of(bound)));
        lte.ifPresent(bound -> kinds.add(BoundKind.of(bound)));
        if (kinds.isEmpty()) {
            throw malformed(path, "A range needs at least one bound");
        }
        if (kinds.size() > 1) {
            throw malformed(path, "The bounds of a range must be of one kind; integers and numbers may be mixed");
        }
        return new Filter.Range(field, gt, gte, lt, lte);
    }

    private static Optional<FieldValue> bound(boolean present, Value value, FieldPath path) {
        if (!present) {
            return Optional.empty();
        }
        FieldValue bound = ValueMapper.toScalar(value, path, ErrorCode.INVALID_FILTER);
        if (BoundKind.of(bound) == BoundKind.NONE) {
            throw malformed(path, "A bound must be an integer, a number, a string or a timestamp");
        }
        return Optional.of(bound);
    }

    private Filter hasId(HasIdFilter hasId, FieldPath path) {
        FieldPath idsPath = path.field("ids");
        requireCount(hasId.getIdsCount(), idsPath, "id");
        return new Filter.HasId(
                new HashSet<>(RecordIdMapper.toIds(hasId.getIdsList(), idsPath, ErrorCode.INVALID_FILTER)));
    }

    private void requireCount(int count, FieldPath path, String what) {
        if (count == 0) {
            throw malformed(path, "A condition needs at least one " + what);
        }
        if (count > limits.maxFilterValues()) {
            throw Rejections.limit(
                    path, "A condition has more than its limit of " + what + "s", limits.maxFilterValues(), count);
        }
    }

    private String field(String name, FieldPath path) {
        return NameMapper.fieldInFilter(name, path, limits.maxValueDepth());
    }

    private static ServiceException malformed(FieldPath path, String sentence) {
        return Rejections.of(ErrorCode.INVALID_FILTER, path, sentence);
    }

    /** The kinds of values that have an order; bounds of one range are all of one. */
    private enum BoundKind {
        NUMBER,
        STRING,
        TIMESTAMP,
        NONE;

        static BoundKind of(FieldValue value) {
            return switch (value) {
                case FieldValue.IntValue _, FieldValue.DoubleValue _ -> NUMBER;
                case FieldValue.StringValue _ -> STRING;
                case FieldValue.TimestampValue _ -> TIMESTAMP;
                case FieldValue.BoolValue _, FieldValue.NullValue _, FieldValue.ListValue _, FieldValue.ObjectValue _ ->
                    NONE;
            };
        }
    }
}
