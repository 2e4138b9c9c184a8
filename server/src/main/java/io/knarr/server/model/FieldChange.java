package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** A change of one field of a record. Its path leads into nested fields by dots. */
public sealed interface FieldChange {
    /** Returns the path of the field. */
    String field();

    /** Puts a value in the place of what is there. */
    record Set(String field, FieldValue value) implements FieldChange {
        public Set {
            requireNonNull(value, "value is null");
        }
    }

    /** Takes the field away; one that is not there is no error. */
    record Unset(String field) implements FieldChange {}

    /** Puts the fields of an object into the object that is there, at every level; any other value takes the place of what is there. */
    record Merge(String field, FieldValue value) implements FieldChange {
        public Merge {
            requireNonNull(value, "value is null");
        }
    }

    /** Adds to a number; one that is not there counts as zero. */
    record Increment(String field, FieldValue by) implements FieldChange {
        public Increment {
            requireNonNull(by, "by is null");
        }
    }

    /** Adds elements at the end of a list; one that is not there is made. */
    record Append(String field, List<FieldValue> values) implements FieldChange {
        public Append {
            values = List.copyOf(values);
        }
    }

    /** Takes all elements out of a list that equal one of these; a list that is not there is no error. */
    record Remove(String field, List<FieldValue> values) implements FieldChange {
        public Remove {
            values = List.copyOf(values);
        }
    }
}
