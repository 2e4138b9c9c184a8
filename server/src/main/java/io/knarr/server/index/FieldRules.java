package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.BoolValue;
import io.knarr.server.model.FieldValue.DoubleValue;
import io.knarr.server.model.FieldValue.IntValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.FieldValue.StringValue;
import io.knarr.server.model.FieldValue.TimestampValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which values a declared field takes. */
final class FieldRules {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private FieldRules() {}

    /**
     * Returns the value as it is stored: as given, but for UUIDs, which become lower case.
     *
     * @throws ServiceException TYPE_MISMATCH at {@code path}
     */
    static FieldValue conform(FieldValue value, FieldSpec spec, String path) {
        if (value instanceof NullValue) {
            return value;
        }
        if (!spec.list()) {
            return conformOne(value, spec, path);
        }
        if (!(value instanceof ListValue(List<FieldValue> elements))) {
            throw mismatch(path, "list of " + name(spec.type()), value);
        }
        List<FieldValue> conformed = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            conformed.add(conformOne(elements.get(i), spec, path + "[" + i + "]"));
        }
        return new ListValue(conformed);
    }

    private static FieldValue conformOne(FieldValue value, FieldSpec spec, String path) {
        return conform(value, spec.type()).orElseThrow(() -> mismatch(path, name(spec.type()), value));
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
