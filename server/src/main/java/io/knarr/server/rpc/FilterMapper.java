package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.FilterBounds;
import io.knarr.server.model.Paths;
import io.knarr.v1.ContainsFilter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.HasVectorFilter;
import io.knarr.v1.MinShouldFilter;
import io.knarr.v1.NestedFilter;
import io.knarr.v1.PathFilter;
import io.knarr.v1.PrefixFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.RegexFilter;
import io.knarr.v1.TextMatchFilter;
import io.knarr.v1.Value;
import io.knarr.v1.ValuesCountFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads filters. One object reads one filter, since it counts the nodes. Every part must be understood: a node without a kind, an
 * operand of a kind that cannot be compared, a bound that is missing fails with the path of the node, and is never left out, since a
 * condition that is left out lets every record through.
 */
final class FilterMapper {
    private final Limits limits;
    private int nodes;
    private int nestedDepth;

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
            case MIN_SHOULD -> minShould(filter.getMinShould(), path.field("min_should"), depth);
            case NESTED -> nested(filter.getNested(), path.field("nested"), depth);
            case HAS_ID -> hasId(filter.getHasId(), path.field("has_id"));
            case HAS_VECTOR -> hasVector(filter.getHasVector(), path.field("has_vector"));
            case EQUAL -> {
                FieldPath equalPath = path.field("equal");
                String field = field(filter.getEqual().getField(), equalPath);
                yield new Filter.Equal(field, values(filter.getEqual().getValuesList(), equalPath.field("values")));
            }
            case CONTAINS_ALL -> {
                FieldPath allPath = path.field("contains_all");
                String field = field(filter.getContainsAll().getField(), allPath);
                yield new Filter.ContainsAll(
                        field, values(filter.getContainsAll().getValuesList(), allPath.field("values")));
            }
            case RANGE -> range(filter.getRange(), path.field("range"));
            case EXISTS -> new Filter.Exists(field(filter.getExists().getField(), path.field("exists")));
            case IS_NULL -> new Filter.IsNull(field(filter.getIsNull().getField(), path.field("is_null")));
            case IS_EMPTY -> new Filter.IsEmpty(field(filter.getIsEmpty().getField(), path.field("is_empty")));
            case PREFIX -> prefix(filter.getPrefix(), path.field("prefix"));
            case CONTAINS -> contains(filter.getContains(), path.field("contains"));
            case REGEX -> regex(filter.getRegex(), path.field("regex"));
            case TEXT_MATCH -> textMatch(filter.getTextMatch(), path.field("text_match"));
            case PATH -> under(filter.getPath(), path.field("path"));
            case GEO_RADIUS -> {
                FieldPath geoPath = path.field("geo_radius");
                String field = field(filter.getGeoRadius().getField(), geoPath);
                yield GeoMapper.toFilter(filter.getGeoRadius(), field, geoPath);
            }
            case GEO_BOX -> {
                FieldPath geoPath = path.field("geo_box");
                String field = field(filter.getGeoBox().getField(), geoPath);
                yield GeoMapper.toFilter(filter.getGeoBox(), field, geoPath);
            }
            case GEO_POLYGON -> {
                FieldPath geoPath = path.field("geo_polygon");
                String field = field(filter.getGeoPolygon().getField(), geoPath);
                yield GeoMapper.toFilter(filter.getGeoPolygon(), field, geoPath, limits);
            }
            case VALUES_COUNT -> valuesCount(filter.getValuesCount(), path.field("values_count"));
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

    private Filter minShould(MinShouldFilter minShould, FieldPath path, int depth) {
        List<Filter> filters = children(minShould.getFiltersList(), path.field("filters"), depth);
        long minCount = Integer.toUnsignedLong(minShould.getMinCount());
        if (minCount < 1 || minCount > filters.size()) {
            throw malformed(
                            path.field("min_count"),
                            "The number of filters that must match must be 1 to as many as there are")
                    .with("actual", minCount);
        }
        return new Filter.MinShould(filters, (int) minCount);
    }

    private Filter nested(NestedFilter nested, FieldPath path, int depth) {
        String field = field(nested.getField(), path);
        FieldPath innerPath = path.field("filter");
        if (!nested.hasFilter()) {
            throw malformed(innerPath, "A nested condition needs a filter");
        }
        nestedDepth++;
        Filter inner = node(nested.getFilter(), innerPath, depth + 1);
        nestedDepth--;
        return new Filter.Nested(field, inner);
    }

    private Filter hasVector(HasVectorFilter hasVector, FieldPath path) {
        requireRecord(path);
        String name = hasVector.getVectorName();
        return new Filter.HasVector(
                name.isEmpty()
                        ? Optional.empty()
                        : Optional.of(NameMapper.vectorInFilter(name, path.field("vector_name"))));
    }

    private void requireRecord(FieldPath path) {
        if (nestedDepth > 0) {
            throw malformed(path, "A condition on the record itself cannot stand within a nested one");
        }
    }

    private Set<FieldValue> values(List<Value> given, FieldPath path) {
        requireCount(given.size(), path, "value");
        Set<FieldValue> values = HashSet.newHashSet(given.size());
        Value.KindCase first = given.getFirst().getKindCase();
        for (int i = 0; i < given.size(); i++) {
            FieldPath valuePath = path.index(i);
            Value value = given.get(i);
            values.add(ValueMapper.toScalar(value, valuePath, ErrorCode.INVALID_FILTER));
            if (value.getKindCase() != first) {
                throw malformed(valuePath, "The values of a condition must be of one kind");
            }
        }
        return values;
    }

    private Filter prefix(PrefixFilter prefix, FieldPath path) {
        String field = field(prefix.getField(), path);
        return new Filter.Prefix(
                field, text(prefix.getPrefix(), path.field("prefix"), "A prefix", FilterBounds.MAX_TEXT_LENGTH));
    }

    private Filter contains(ContainsFilter contains, FieldPath path) {
        String field = field(contains.getField(), path);
        return new Filter.Contains(
                field,
                text(contains.getSubstring(), path.field("substring"), "A substring", FilterBounds.MAX_TEXT_LENGTH));
    }

    private Filter regex(RegexFilter regex, FieldPath path) {
        String field = field(regex.getField(), path);
        return new Filter.Regex(
                field, text(regex.getPattern(), path.field("pattern"), "A pattern", FilterBounds.MAX_PATTERN_LENGTH));
    }

    private Filter textMatch(TextMatchFilter match, FieldPath path) {
        String field = field(match.getField(), path);
        String query = text(match.getQuery(), path.field("query"), "A query", FilterBounds.MAX_TEXT_LENGTH);
        Filter.TextMode mode =
                switch (match.getMode()) {
                    case TEXT_MATCH_MODE_ALL -> Filter.TextMode.ALL;
                    case TEXT_MATCH_MODE_ANY -> Filter.TextMode.ANY;
                    case TEXT_MATCH_MODE_PHRASE -> Filter.TextMode.PHRASE;
                    case TEXT_MATCH_MODE_UNSPECIFIED, UNRECOGNIZED ->
                        throw malformed(path.field("mode"), "A mode must be one of the known");
                };
        return new Filter.TextMatch(field, query, mode);
    }

    private Filter under(PathFilter under, FieldPath path) {
        String field = field(under.getField(), path);
        String ancestor = text(under.getPath(), path.field("path"), "A path", Paths.MAX_LENGTH);
        // Deeper than any path is: as good as no bound.
        int maxDepth = (int) Math.min(Integer.toUnsignedLong(under.getMaxDepth()), Paths.MAX_SEGMENTS);
        return new Filter.Under(field, ancestor, under.hasMaxDepth() ? OptionalInt.of(maxDepth) : OptionalInt.empty());
    }

    /** An empty text is what a caller sends who forgot it, and every text begins with it. */
    private static String text(String text, FieldPath path, String what, int maxLength) {
        if (text.isEmpty()) {
            throw malformed(path, what + " must not be empty");
        }
        if (text.length() > maxLength) {
            throw Rejections.limit(path, what + " is too long", maxLength, text.length());
        }
        return text;
    }

    private Filter valuesCount(ValuesCountFilter count, FieldPath path) {
        String field = field(count.getField(), path);
        if (!count.hasGt() && !count.hasGte() && !count.hasLt() && !count.hasLte()) {
            throw malformed(path, "A number of values needs at least one bound");
        }
        return new Filter.ValuesCount(
                field,
                bound(count.hasGt(), count.getGt()),
                bound(count.hasGte(), count.getGte()),
                bound(count.hasLt(), count.getLt()),
                bound(count.hasLte(), count.getLte()));
    }

    private static OptionalLong bound(boolean present, int value) {
        return present ? OptionalLong.of(Integer.toUnsignedLong(value)) : OptionalLong.empty();
    }

    private Filter range(RangeFilter range, FieldPath path) {
        String field = field(range.getField(), path);
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
        requireRecord(path);
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

    /** Returns the field that the condition at a path is on. */
    private String field(String name, FieldPath path) {
        return NameMapper.fieldInFilter(name, path.field("field"), limits.maxValueDepth());
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
                case FieldValue.BoolValue _,
                        FieldValue.NullValue _,
                        FieldValue.GeoValue _,
                        FieldValue.ListValue _,
                        FieldValue.ObjectValue _ -> NONE;
            };
        }
    }
}
