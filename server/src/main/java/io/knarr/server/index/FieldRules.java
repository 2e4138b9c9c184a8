package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/** Which values a declared field takes. */
final class FieldRules {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private FieldRules() {}

    /**
     * Returns the value as it is stored: as given, but for UUIDs, which become lower case, and paths, which have one form.
     *
     * @param closed whether an object that declares fields has only these
     * @throws ServiceException TYPE_MISMATCH or UNKNOWN_FIELD, at a path that starts with {@code path}
     */
    static FieldValue conform(FieldValue value, FieldSpec spec, String path, boolean closed) {
        if (value instanceof NullValue) {
            return value;
        }
        if (!spec.list()) {
            return conformOne(value, spec, path, closed);
        }
        if (!(value instanceof ListValue(List<FieldValue> elements))) {
            throw mismatch(path, "list of " + name(spec.type()), value);
        }
        List<FieldValue> conformed = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            conformed.add(conformOne(elements.get(i), spec, path + "[" + i + "]", closed));
        }
        return new ListValue(conformed);
    }

    private static FieldValue conformOne(FieldValue value, FieldSpec spec, String path, boolean closed) {
        FieldValue conformed = conform(value, spec.type()).orElseThrow(() -> mismatch(path, name(spec.type()), value));
        return conformed instanceof ObjectValue(SequencedMap<String, FieldValue> within)
                        && !spec.fields().isEmpty()
                ? new ObjectValue(conformAll(within, spec.fields(), path + ".object_value", closed))
                : conformed;
    }

    /**
     * Returns fields as they are stored.
     *
     * @param specs those declared
     * @param closed whether there are only these
     * @throws ServiceException TYPE_MISMATCH or UNKNOWN_FIELD, at a path that starts with {@code path}
     */
    static SequencedMap<String, FieldValue> conformAll(
            SequencedMap<String, FieldValue> fields, List<FieldSpec> specs, String path, boolean closed) {
        Map<String, FieldSpec> declared = HashMap.newHashMap(specs.size());
        specs.forEach(spec -> declared.put(spec.name(), spec));
        return conformAll(fields, declared, path, closed);
    }

    /** Returns fields as they are stored, as the other one does. */
    static SequencedMap<String, FieldValue> conformAll(
            SequencedMap<String, FieldValue> fields, Map<String, FieldSpec> declared, String path, boolean closed) {
        SequencedMap<String, FieldValue> conformed = LinkedHashMap.newLinkedHashMap(fields.size());
        fields.forEach((name, value) -> {
            FieldSpec spec = declared.get(name);
            String fieldPath = path + ".fields[\"" + name + "\"]";
            if (spec == null && closed) {
                throw ServiceException.atField(
                        ErrorCode.UNKNOWN_FIELD, fieldPath, "The collection's closed schema declares no such field");
            }
            conformed.put(name, spec == null ? value : conform(value, spec, fieldPath, closed));
        });
        return conformed;
    }

    /** Returns the value as a field of that type stores it, or empty where it is of another kind. */
    static Optional<FieldValue> conform(FieldValue value, FieldType type) {
        return switch (type) {
            case STRING -> Optional.of(value).filter(StringValue.class::isInstance);
            case INT64 -> Optional.of(value).filter(IntValue.class::isInstance);
            case FLOAT64 -> Optional.of(value).filter(FieldRules::isDouble);
            case BOOL -> Optional.of(value).filter(BoolValue.class::isInstance);
            case TIMESTAMP -> Optional.of(value).filter(TimestampValue.class::isInstance);
            case UUID ->
                value instanceof StringValue(String text)
                                && UUID_TEXT.matcher(text).matches()
                        ? Optional.of(new StringValue(text.toLowerCase(Locale.ROOT)))
                        : Optional.empty();
            case GEO -> Optional.of(value).filter(GeoValue.class::isInstance);
            case PATH ->
                value instanceof StringValue(String text)
                        ? PathText.normalised(text).map(StringValue::new)
                        : Optional.empty();
            case TEXT -> Optional.of(value).filter(StringValue.class::isInstance);
            case OBJECT -> Optional.of(value).filter(ObjectValue.class::isInstance);
        };
    }

    private static boolean isDouble(FieldValue value) {
        return value instanceof DoubleValue || (value instanceof IntValue(long integer) && convertsExactly(integer));
    }

    private static boolean convertsExactly(long integer) {
        double converted = (double) integer;
        // 2^63 as a double would saturate back to Long.MAX_VALUE, which it is not.
        return converted < 0x1p63 && (long) converted == integer;
    }

    /** Returns the name of a value's kind, for error texts. */
    static String kind(FieldValue value) {
        return switch (value) {
            case NullValue _ -> "null";
            case BoolValue _ -> "bool";
            case IntValue _ -> "int64";
            case DoubleValue _ -> "double";
            case StringValue _ -> "string";
            case TimestampValue _ -> "timestamp";
            case GeoValue _ -> "geo";
            case ListValue _ -> "list";
            case ObjectValue _ -> "object";
        };
    }

    static String name(FieldType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static ServiceException mismatch(String path, String expected, FieldValue actual) {
        return ServiceException.atField(
                        ErrorCode.TYPE_MISMATCH, path, "The value is of another type than the field's declared one")
                .with("expected", expected)
                .with("actual", kind(actual));
    }
}
