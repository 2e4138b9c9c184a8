package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a record by name, in the order of their names. Immutable.
 *
 * <p>A value is a {@link String}, {@link Long}, {@link Double}, {@link Boolean}, {@link Instant}, {@link GeoPoint}, a {@link List} of these, a nested
 * {@code Fields}, or null: there and without a value.
 */
public final class Fields {
    /** No fields. */
    public static final Fields NONE = new Fields(new TreeMap<>());

    private final Map<String, @Nullable Object> values;

    private Fields(SortedMap<String, @Nullable Object> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * Returns fields of those values.
     *
     * <p>Accepted beside the types above: {@link Byte}, {@link Short} and {@link Integer} (become Long), {@link Float} (becomes Double),
     * {@link java.util.UUID} (becomes its text), any {@link Iterable} (becomes a list), any {@link Map} with string keys.
     *
     * @throws IllegalArgumentException if a value is of another type, NaN or infinite
     */
    public static Fields of(Map<String, ? extends @Nullable Object> values) {
        TreeMap<String, @Nullable Object> checked = new TreeMap<>();
        values.forEach(
                (name, value) -> checked.put(requireNonNull(name, "name is null"), FieldValues.checked(name, value)));
        return new Fields(checked);
    }

    /** Returns true if there is a field of that name, with or without a value. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** Returns the value, or null if there is none. */
    public @Nullable Object get(String name) {
        return values.get(name);
    }

    /**
     * Returns the text of that field, if it has a value.
     *
     * @throws ClassCastException if it is not a text
     */
    public Optional<String> string(String name) {
        return Optional.ofNullable(values.get(name)).map(String.class::cast);
    }

    /**
     * Returns the integer of that field, if it has a value.
     *
     * @throws ClassCastException if it is not an integer
     */
    public OptionalLong integer(String name) {
        Object value = values.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of((Long) value);
    }

    /**
     * Returns the number of that field, if it has a value; an integer is converted.
     *
     * @throws ClassCastException if it is not a number
     */
    public OptionalDouble number(String name) {
        Object value = values.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(((Number) value).doubleValue());
    }

    /**
     * Returns the truth value of that field, if it has one.
     *
     * @throws ClassCastException if it is not a truth value
     */
    public Optional<Boolean> bool(String name) {
        return Optional.ofNullable(values.get(name)).map(Boolean.class::cast);
    }

    /**
     * Returns the instant of that field, if it has a value.
     *
     * @throws ClassCastException if it is not an instant
     */
    public Optional<Instant> instant(String name) {
        return Optional.ofNullable(values.get(name)).map(Instant.class::cast);
    }

    /**
     * Returns the elements of that list field; empty if it has no value.
     *
     * @throws ClassCastException if it is not a list
     */
    public List<?> list(String name) {
        Object value = values.get(name);
        return value == null ? List.of() : (List<?>) value;
    }

    /**
     * Returns the nested fields; {@link #NONE} if there is no value.
     *
     * @throws ClassCastException if it is a plain value
     */
    public Fields object(String name) {
        Object value = values.get(name);
        return value == null ? NONE : (Fields) value;
    }

    /** Returns the values by name, as an unmodifiable map in the order of the names. */
    public Map<String, @Nullable Object> asMap() {
        return values;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Fields that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
