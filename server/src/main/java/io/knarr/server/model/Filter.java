package io.knarr.server.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A condition on a record. A record without a value for a field matches no condition on it; {@link Not} is the exact complement.
 * On a list, a condition matches when it matches any element.
 *
 * <p>Built only by code that has checked it against the schema: operands are of the field's type, and of one kind.
 */
public sealed interface Filter {
    /** Matches when all do; empty: always. */
    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when at least one does; empty: never. */
    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when the other does not. */
    record Not(Filter filter) implements Filter {}

    /** Matches when the field has one of the values. A number equals another of the same value, whatever their kinds. */
    record Equal(String field, Set<FieldValue> values) implements Filter {
        public Equal {
            values = Set.copyOf(values);
        }
    }

    /** Matches when the field's value lies within every bound given. */
    record Range(
            String field,
            Optional<FieldValue> gt,
            Optional<FieldValue> gte,
            Optional<FieldValue> lt,
            Optional<FieldValue> lte)
            implements Filter {}

    /** Matches the records of these ids. */
    record HasId(Set<RecordId> ids) implements Filter {
        public HasId {
            ids = Set.copyOf(ids);
        }
    }

    /** Matches when the field has a value that is neither null nor an empty list. */
    record Exists(String field) implements Filter {}
}
