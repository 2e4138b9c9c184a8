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
import io.knarr.server.model.Filter.Equal;
import io.knarr.server.model.Filter.Exists;
import io.knarr.server.model.Filter.HasId;
import io.knarr.server.model.Filter.Not;
import io.knarr.server.model.Filter.Or;
import io.knarr.server.model.Filter.Range;
import io.knarr.server.model.Schema;
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
    private final Schema schema;
    private final Map<String, FieldSpec> declared = new HashMap<>();

    FilterChecker(Schema schema) {
        this.schema = schema;
        schema.fields().forEach(field -> declared.put(field.name(), field));
    }

    /** Returns the filter, fit for evaluation. @throws ServiceException UNKNOWN_FIELD or TYPE_MISMATCH, at the node that is wrong */
    Filter check(Filter filter) {
        return check(filter, "filter");
    }

    private Filter check(Filter filter, String path) {
        return switch (filter) {
            case And(List<Filter> filters) -> new And(checkAll(filters, path + ".and.filters"));
            case Or(List<Filter> filters) -> new Or(checkAll(filters, path + ".or.filters"));
            case Not(Filter inner) -> new Not(check(inner, path + ".not.filter"));
            case Equal equal -> checkEqual(equal, path + ".equal");
            case Range range -> checkRange(range, path + ".range");
            case HasId hasId -> hasId;
            case Exists exists -> {
                var _ = fieldType(exists.field(), path + ".exists.field");
                yield exists;
            }
        };
    }

    private List<Filter> checkAll(List<Filter> filters, String path) {
        Filter[] checked = new Filter[filters.size()];
        for (int i = 0; i < checked.length; i++) {
            checked[i] = check(filters.get(i), path + "[" + i + "]");
        }
        return List.of(checked);
    }

    private Filter checkEqual(Equal equal, String path) {
        FieldType type = fieldType(equal.field(), path + ".field");
        if (type == null) {
            return equal;
        }
        Set<FieldValue> conformed = HashSet.newHashSet(equal.values().size());
        for (FieldValue value : equal.values()) {
            conformed.add(FieldRules.conform(value, type).orElseThrow(() -> mismatch(path + ".values", type, value)));
        }
        return new Equal(equal.field(), conformed);
    }

    private Filter checkRange(Range range, String path) {
        FieldType type = fieldType(range.field(), path + ".field");
        if (type == null) {
            return range;
        }
        if (type == FieldType.BOOL || type == FieldType.UUID) {
            throw ServiceException.atField(
                            ErrorCode.TYPE_MISMATCH, path + ".field", "Values of the field's type have no ranges")
                    .with("type", FieldRules.name(type));
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

    /** Returns the type a condition on that field must have, {@code null} where any will do. */
    private @Nullable FieldType fieldType(String field, String path) {
        int dot = field.indexOf('.');
        FieldSpec spec = declared.get(dot < 0 ? field : field.substring(0, dot));
        if (spec == null && !schema.closed()) {
            return null;
        }
        if (spec == null || dot >= 0) {
            throw ServiceException.atField(
                            ErrorCode.UNKNOWN_FIELD, path, "The collection's schema declares no such field")
                    .with("name", field);
        }
        return spec.type();
    }

    private static ServiceException mismatch(String path, FieldType expected, FieldValue actual) {
        return ServiceException.atField(
                        ErrorCode.TYPE_MISMATCH, path, "The operand is of another type than the field's declared one")
                .with("expected", FieldRules.name(expected))
                .with("actual", FieldRules.kind(actual));
    }
}
