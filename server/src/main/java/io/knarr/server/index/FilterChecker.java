package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Filter.And;
import io.knarr.server.model.Filter.Contains;
import io.knarr.server.model.Filter.ContainsAll;
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.HasVector;
import io.knarr.server.model.Filter.IsEmpty;
import io.knarr.server.model.Filter.IsNull;
import io.knarr.server.model.Filter.MinShould;
import io.knarr.server.model.Filter.Nested;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Prefix;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Filter.Regex;
import io.knarr.server.model.Filter.TextMatch;
import io.knarr.server.model.Filter.Under;
import io.knarr.server.model.Filter.ValuesCount;
import io.knarr.server.model.Schema;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a filter against a collection's schema: fields that a closed schema does not know, operands of another type than their field.
 * Returns the filter with operands as they are stored. Paths in errors are those of the request: {@code filter.and.filters[2].range.gte}.
 * Immutable.
 */
final class FilterChecker {
    private static final Set<FieldType> NO_RANGES =
            EnumSet.of(FieldType.BOOL, FieldType.UUID, FieldType.GEO, FieldType.PATH, FieldType.OBJECT);

    private final Schema schema;
    private final Scope record;

    FilterChecker(Schema schema) {
        this.schema = schema;
        this.record = Scope.of(schema.fields(), schema.closed());
    }

    /**
     * The fields that a condition can be on: those of the record, or of the objects that a nested condition looks at.
     *
     * @param closed whether there are only those declared
     */
    private record Scope(Map<String, FieldSpec> declared, boolean closed) {
        /** The fields of objects that nobody has declared. */
        private static final Scope FREE = new Scope(Map.of(), false);

        static Scope of(List<FieldSpec> fields, boolean closed) {
            Map<String, FieldSpec> declared = HashMap.newHashMap(fields.size());
            fields.forEach(field -> declared.put(field.name(), field));
            return new Scope(declared, closed);
        }

        /** Returns what is declared of a field, {@code null} where nothing is and any type will do. */
        private @Nullable FieldSpec find(String field, String path) {
            int dot = field.indexOf('.');
            FieldSpec spec = declared.get(dot < 0 ? field : field.substring(0, dot));
            if (spec == null ? closed : dot >= 0 && spec.type() != FieldType.OBJECT) {
                throw ServiceException.atField(
                                ErrorCode.UNKNOWN_FIELD, path, "The collection's schema declares no such field")
                        .with("name", field);
            }
            return spec == null || dot < 0 ? spec : within(spec).find(field.substring(dot + 1), path);
        }

        /** Returns the fields within a declared object. */
        Scope within(FieldSpec object) {
            return of(object.fields(), closed && !object.fields().isEmpty());
        }

        /** Returns the type a condition on that field must have, {@code null} where any will do. */
        private @Nullable FieldType type(String field, String path) {
            FieldSpec spec = find(field, path);
            return spec == null ? null : spec.type();
        }
    }

    /** Returns the filter, fit for evaluation. @throws ServiceException UNKNOWN_FIELD or TYPE_MISMATCH, at the node that is wrong */
    Filter check(Filter filter) {
        return check(filter, "filter", record);
    }

    /** As {@link #check(Filter)}, of a filter at another place of the request. */
    Filter check(Filter filter, String path) {
        return check(filter, path, record);
    }

    private Filter check(Filter filter, String path, Scope scope) {
        return switch (filter) {
            case And(List<Filter> filters) -> new And(checkAll(filters, path + ".and.filters", scope));
            case Or(List<Filter> filters) -> new Or(checkAll(filters, path + ".or.filters", scope));
            case Not(Filter inner) -> new Not(check(inner, path + ".not.filter", scope));
            case MinShould(List<Filter> filters, int minCount) ->
                new MinShould(checkAll(filters, path + ".min_should.filters", scope), minCount);
            case HasId hasId -> hasId;
            case HasVector hasVector -> checkHasVector(hasVector, path + ".has_vector.vector_name");
            case OnField onField -> checkOnField(onField, path, scope);
        };
    }

    private Filter checkOnField(OnField filter, String path, Scope scope) {
        return switch (filter) {
            case Equal(String field, Set<FieldValue> values) ->
                new Equal(field, checkValues(field, values, path + ".equal", scope));
            case ContainsAll(String field, Set<FieldValue> values) ->
                new ContainsAll(field, checkValues(field, values, path + ".contains_all", scope));
            case Range range -> checkRange(range, path + ".range", scope);
            case Exists exists -> checkKnown(exists, path + ".exists", scope);
            case IsNull isNull -> checkKnown(isNull, path + ".is_null", scope);
            case IsEmpty isEmpty -> checkKnown(isEmpty, path + ".is_empty", scope);
            case ValuesCount count -> checkKnown(count, path + ".values_count", scope);
            case Prefix prefix -> checkText(prefix, path + ".prefix", scope);
            case Contains contains -> checkText(contains, path + ".contains", scope);
            case Regex regex -> {
                var _ = TextPattern.compile(regex.pattern(), path + ".regex.pattern");
                yield checkText(regex, path + ".regex", scope);
            }
            case TextMatch match -> checkTextMatch(match, path + ".text_match", scope);
            case Under under -> checkUnder(under, path + ".path", scope);
            case GeoRadius circle -> checkGeo(circle, path + ".geo_radius", scope);
            case GeoBox box -> checkGeo(box, path + ".geo_box", scope);
            case GeoPolygon polygon -> {
                var _ = new GeoPolygonRegion(polygon, path + ".geo_polygon");
                yield checkGeo(polygon, path + ".geo_polygon", scope);
            }
            case Nested nested -> checkNested(nested, path + ".nested", scope);
        };
    }

    private List<Filter> checkAll(List<Filter> filters, String path, Scope scope) {
        Filter[] checked = new Filter[filters.size()];
        for (int i = 0; i < checked.length; i++) {
            checked[i] = check(filters.get(i), path + "[" + i + "]", scope);
        }
        return List.of(checked);
    }

    private Filter checkHasVector(HasVector filter, String path) {
        int place = RecordChecker.requireVector(schema, filter.vectorName(), path);
        return new HasVector(Optional.of(schema.vectors().get(place).name()));
    }

    private static Filter checkKnown(OnField filter, String path, Scope scope) {
        var _ = scope.type(filter.field(), path + ".field");
        return filter;
    }

    private static Filter checkText(OnField filter, String path, Scope scope) {
        FieldType type = scope.type(filter.field(), path + ".field");
        if (type != null && type != FieldType.STRING && type != FieldType.TEXT && type != FieldType.PATH) {
            throw unfit(path, type, "The condition is one on text, and values of the field's type are none");
        }
        return filter;
    }

    private static Filter checkTextMatch(TextMatch match, String path, Scope scope) {
        FieldSpec spec = scope.find(match.field(), path + ".field");
        if (spec != null && spec.type() != FieldType.TEXT) {
            throw unfit(path, spec.type(), "The condition is one on words, and the field's type is not text");
        }
        TextMatch checked =
                spec == null ? match : new TextMatch(match.field(), match.query(), match.mode(), spec.analyzer());
        if (new WordQuery(checked).isEmpty()) {
            throw ServiceException.atField(ErrorCode.INVALID_FILTER, path + ".query", "The query has no words");
        }
        return checked;
    }

    private static Filter checkUnder(Under under, String path, Scope scope) {
        FieldType type = scope.type(under.field(), path + ".field");
        if (type != null && type != FieldType.PATH) {
            throw unfit(path, type, "The condition is one on paths, and values of the field's type are none");
        }
        String normalised = PathText.normalised(under.path())
                .orElseThrow(() -> ServiceException.atField(
                        ErrorCode.INVALID_FILTER,
                        path + ".path",
                        "A path begins with '/', and none of its segments is '.' or '..'"));
        return new Under(under.field(), normalised, under.maxDepth());
    }

    private static Filter checkGeo(OnField filter, String path, Scope scope) {
        FieldType type = scope.type(filter.field(), path + ".field");
        if (type != null && type != FieldType.GEO) {
            throw unfit(path, type, "The condition is one on places, and values of the field's type are none");
        }
        return filter;
    }

    private Filter checkNested(Nested nested, String path, Scope scope) {
        FieldSpec spec = scope.find(nested.field(), path + ".field");
        if (spec != null && spec.type() != FieldType.OBJECT) {
            throw unfit(path, spec.type(), "The condition is one on objects, and values of the field's type are none");
        }
        Scope within = spec == null ? Scope.FREE : scope.within(spec);
        return new Nested(nested.field(), check(nested.filter(), path + ".filter", within));
    }

    private static Set<FieldValue> checkValues(String field, Set<FieldValue> values, String path, Scope scope) {
        FieldType type = scope.type(field, path + ".field");
        if (type == null) {
            return values;
        }
        Set<FieldValue> conformed = HashSet.newHashSet(values.size());
        for (FieldValue value : values) {
            conformed.add(FieldRules.conform(value, type).orElseThrow(() -> mismatch(path + ".values", type, value)));
        }
        return conformed;
    }

    private static Filter checkRange(Range range, String path, Scope scope) {
        FieldType type = scope.type(range.field(), path + ".field");
        if (type == null) {
            return range;
        }
        if (NO_RANGES.contains(type)) {
            throw unfit(path, type, "Values of the field's type have no ranges");
        }
        return new Range(
                range.field(),
                checkBound(range.gt(), type, path + ".gt"),
                checkBound(range.gte(), type, path + ".gte"),
                checkBound(range.lt(), type, path + ".lt"),
                checkBound(range.lte(), type, path + ".lte"));
    }

    private static Optional<FieldValue> checkBound(Optional<FieldValue> bound, FieldType type, String path) {
        return bound.map(value -> {
            boolean bothNumbers = (type == FieldType.INT64 || type == FieldType.FLOAT64)
                    && (value instanceof IntValue || value instanceof DoubleValue);
            if (!bothNumbers && FieldRules.conform(value, type).isEmpty()) {
                throw mismatch(path, type, value);
            }
            return value;
        });
    }

    private static ServiceException unfit(String path, FieldType type, String sentence) {
        return ServiceException.atField(ErrorCode.TYPE_MISMATCH, path + ".field", sentence)
                .with("type", FieldRules.name(type));
    }

    private static ServiceException mismatch(String path, FieldType expected, FieldValue actual) {
        return ServiceException.atField(
                        ErrorCode.TYPE_MISMATCH, path, "The operand is of another type than the field's declared one")
                .with("expected", FieldRules.name(expected))
                .with("actual", FieldRules.kind(actual));
    }
}
