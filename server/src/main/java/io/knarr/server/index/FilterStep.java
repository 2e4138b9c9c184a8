package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyRange;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A filter, or a part of one, that has been looked up in a segment. What it costs is in the time it takes to read a row from an index. */
sealed interface FilterStep {
    /** To look at the value of one row. */
    long TEST_COST = 32;

    /** To look something up. */
    long LOOKUP_COST = 64;

    /** Returns at most how many rows match. */
    long estimate();

    /** Returns what it costs to find all rows that match. */
    long cost();

    /** Returns whether one row matches, which is counted as the table does. */
    RowMatcher test();

    /** Returns what it costs to look at one row. */
    default long testCost() {
        return TEST_COST;
    }

    /** Returns whether no index knows it, so that all rows must be looked at to find those that match. */
    default boolean isScanned() {
        return false;
    }

    /** Rows with keys in some ranges; without an index, no row of the segment has the field. */
    record Keyed(@Nullable FieldIndex index, List<KeyRange> ranges, long estimate, RowMatcher test)
            implements FilterStep {
        @Override
        public long cost() {
            return LOOKUP_COST + estimate;
        }
    }

    /**
     * Rows that something finds which knows how.
     *
     * @param estimate at most so many rows match
     * @param cost of the search
     * @param search finds them; asked once at most
     */
    record Sought(long estimate, long cost, Supplier<RowSet> search, RowMatcher test) implements FilterStep {
        @Override
        public long testCost() {
            return 2 * TEST_COST;
        }
    }

    /** Rows with keys in a range for which a condition holds. */
    record Sifted(@Nullable FieldIndex index, KeyRange keys, FieldCondition condition, long estimate, RowMatcher test)
            implements FilterStep {
        @Override
        public long cost() {
            return LOOKUP_COST + (keys.to() - keys.from()) * TEST_COST + estimate;
        }

        @Override
        public long testCost() {
            return 2 * TEST_COST;
        }
    }

    /** Rows with a value that is not null; with {@code orEmpty} also those with an empty list. */
    record Present(@Nullable FieldIndex index, boolean orEmpty, long estimate, RowMatcher test) implements FilterStep {
        @Override
        public long cost() {
            return LOOKUP_COST + estimate / Integer.SIZE;
        }
    }

    /** A condition that no index knows. */
    record Scanned(long estimate, RowMatcher test) implements FilterStep {
        @Override
        public long cost() {
            return estimate * TEST_COST;
        }

        @Override
        public long testCost() {
            return 2 * TEST_COST;
        }

        @Override
        public boolean isScanned() {
            return true;
        }
    }

    /** All must hold; they are in the order in which they are looked at. */
    record All(int rowCount, List<FilterStep> steps) implements FilterStep {
        @Override
        public long estimate() {
            return steps.stream().mapToLong(FilterStep::estimate).min().orElse(rowCount);
        }

        @Override
        public long cost() {
            return steps.isEmpty() ? rowCount / Long.SIZE : steps.getFirst().cost();
        }

        @Override
        public RowMatcher test() {
            List<RowMatcher> tests = tests(steps);
            return row -> {
                for (RowMatcher test : tests) {
                    if (!test.matches(row)) {
                        return false;
                    }
                }
                return true;
            };
        }

        @Override
        public long testCost() {
            return testCosts(steps);
        }

        @Override
        public boolean isScanned() {
            return !steps.isEmpty() && steps.getFirst().isScanned();
        }
    }

    /** One must hold. */
    record Any(int rowCount, List<FilterStep> steps) implements FilterStep {
        @Override
        public long estimate() {
            return Math.min(
                    rowCount, steps.stream().mapToLong(FilterStep::estimate).sum());
        }

        @Override
        public long cost() {
            return steps.stream().mapToLong(FilterStep::cost).sum();
        }

        @Override
        public RowMatcher test() {
            List<RowMatcher> tests = tests(steps);
            return row -> {
                for (RowMatcher test : tests) {
                    if (test.matches(row)) {
                        return true;
                    }
                }
                return false;
            };
        }

        @Override
        public long testCost() {
            return testCosts(steps);
        }

        @Override
        public boolean isScanned() {
            return steps.stream().anyMatch(FilterStep::isScanned);
        }
    }

    /** So many must hold. */
    record Some(int rowCount, List<FilterStep> steps, int minCount) implements FilterStep {
        @Override
        public long estimate() {
            return Math.min(
                    rowCount, steps.stream().mapToLong(FilterStep::estimate).sum() / Math.max(1, minCount));
        }

        @Override
        public long cost() {
            return rowCount + steps.stream().mapToLong(FilterStep::cost).sum();
        }

        @Override
        public RowMatcher test() {
            List<RowMatcher> tests = tests(steps);
            return row -> {
                int count = 0;
                for (RowMatcher test : tests) {
                    count += test.matches(row) ? 1 : 0;
                }
                return count >= minCount;
            };
        }

        @Override
        public long testCost() {
            return testCosts(steps);
        }

        @Override
        public boolean isScanned() {
            return steps.stream().anyMatch(FilterStep::isScanned);
        }
    }

    /** The other must not hold. */
    record Complement(int rowCount, FilterStep step) implements FilterStep {
        @Override
        public long estimate() {
            // Of others only the most is known.
            boolean exact = step instanceof Keyed || step instanceof Present;
            return exact ? Math.max(0, rowCount - step.estimate()) : rowCount;
        }

        @Override
        public long cost() {
            return step.cost() + rowCount / Long.SIZE;
        }

        @Override
        public RowMatcher test() {
            return step.test().negate();
        }

        @Override
        public long testCost() {
            return step.testCost();
        }

        @Override
        public boolean isScanned() {
            return step.isScanned();
        }
    }

    private static List<RowMatcher> tests(List<FilterStep> steps) {
        return steps.stream().map(FilterStep::test).toList();
    }

    private static long testCosts(List<FilterStep> steps) {
        return steps.stream().mapToLong(FilterStep::testCost).sum();
    }
}
