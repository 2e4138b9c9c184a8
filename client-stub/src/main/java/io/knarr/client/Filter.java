package io.knarr.client;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a record, made by {@link Filters}. Immutable.
 *
 * <p>A record without a value for a field matches no condition on it, and matches the condition's negation.
 */
public sealed interface Filter {
    /** Matches when all do; none: always. */
    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when at least one does; none: never. */
    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    /** Matches when the other does not: the exact complement. */
    record Not(Filter filter) implements Filter {}

    /** Matches when the field has one of the values. */
    record Equal(String field, List<Object> values) implements Filter {
        public Equal {
            values = List.copyOf(values);
        }
    }

    /** Matches when the field's value lies within every bound given. */
    record Range(
            String field,
            @Nullable Object gt,
            @Nullable Object gte,
            @Nullable Object lt,
            @Nullable Object lte) implements Filter {
        /** Returns this range with an exclusive lower bound. */
        public Range gt(Object bound) {
            return new Range(field, bound, gte, lt, lte);
        }

        /** Returns this range with an inclusive lower bound. */
        public Range gte(Object bound) {
            return new Range(field, gt, bound, lt, lte);
        }

        /** Returns this range with an exclusive upper bound. */
        public Range lt(Object bound) {
            return new Range(field, gt, gte, bound, lte);
        }

        /** Returns this range with an inclusive upper bound. */
        public Range lte(Object bound) {
            return new Range(field, gt, gte, lt, bound);
        }
    }

    /** Matches records by id. */
    record HasId(Set<RecordKey> ids) implements Filter {
        public HasId {
            ids = Set.copyOf(ids);
        }
    }

    /** Matches records that have the field, with a value that is not null and not an empty list. */
    record Exists(String field) implements Filter {}
}
