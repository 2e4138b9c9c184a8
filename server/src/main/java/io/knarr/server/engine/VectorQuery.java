package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What is searched for. Immutable; the {@code with} methods return a changed copy.
 *
 * @param vector the query, finite; shape {@code [dimension]}; must not change
 * @param rowCount only rows below this are looked at; at most what the writer published
 * @param limit how many rows are wanted, at least 1
 * @param mask which rows may be found, row r being bit r % 64 of word r / 64; {@code null} for all
 * @param maskCount how many bits of the mask are set
 * @param filter which rows may be found, asked for single rows that are near enough; beside the mask
 * @param order of rows whose scores are equal
 * @param accuracy how sure the answer must be
 * @param beam how many candidates a graph search keeps; 0 for the default
 * @param exactBudgetNanos how long an exact answer with a mask may take, as far as that is known before, for it to be preferred to a graph
 *     where either would do; 0 for a graph wherever there is one, to measure it
 * @param stop asked every few hundred microseconds whether to give up
 * @param helpers idle threads that may take a share of a large scan
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a query lives for one search
public record VectorQuery(
        float[] vector,
        int rowCount,
        int limit,
        long @Nullable [] mask,
        int maskCount,
        RowFilter filter,
        RowOrder order,
        Accuracy accuracy,
        int beam,
        long exactBudgetNanos,
        StopSignal stop,
        SearchHelpers helpers) {
    /** The widest beam; what is wider costs more than an exact scan. */
    public static final int MAX_BEAM = 65_536;

    /** Up to two milliseconds of one thread a filtered answer is exact: a call takes about as long without the search. */
    public static final long EXACT_BUDGET_NANOS = 2_000_000;

    public VectorQuery {
        requireNonNull(vector, "vector is null");
        requireNonNull(filter, "filter is null");
        requireNonNull(order, "order is null");
        requireNonNull(accuracy, "accuracy is null");
        requireNonNull(stop, "stop is null");
        requireNonNull(helpers, "helpers is null");
        if (rowCount < 0 || limit < 1 || beam < 0 || beam > MAX_BEAM || exactBudgetNanos < 0) {
            throw new IllegalArgumentException("the query is out of range; rowCount=" + rowCount + " limit=" + limit
                    + " beam=" + beam + " exactBudgetNanos=" + exactBudgetNanos);
        }
        if (mask != null && (maskCount < 0 || (long) mask.length * Long.SIZE < Math.min(maskCount, rowCount))) {
            throw new IllegalArgumentException(
                    "the mask is shorter than its count; words=" + mask.length + " count=" + maskCount);
        }
    }

    /** Returns a query for the exact nearest rows, all of them allowed, ties by row. */
    public static VectorQuery of(float[] vector, int rowCount, int limit) {
        return new VectorQuery(
                vector,
                rowCount,
                limit,
                null,
                0,
                RowFilter.ALL,
                RowOrder.ASCENDING,
                Accuracy.EXACT,
                0,
                EXACT_BUDGET_NANOS,
                StopSignal.NEVER,
                SearchHelpers.NONE);
    }

    /** Returns this query for the rows of a mask that has {@code count} bits set. The mask must not change. */
    public VectorQuery withMask(long[] bits, int count) {
        return new VectorQuery(
                vector, rowCount, limit, bits, count, filter, order, accuracy, beam, exactBudgetNanos, stop, helpers);
    }

    /** Returns this query for the rows that a filter accepts. */
    public VectorQuery withFilter(RowFilter accepted) {
        return new VectorQuery(
                vector,
                rowCount,
                limit,
                mask,
                maskCount,
                accepted,
                order,
                accuracy,
                beam,
                exactBudgetNanos,
                stop,
                helpers);
    }

    /** Returns this query with another order of rows whose scores are equal. */
    public VectorQuery withOrder(RowOrder ties) {
        return new VectorQuery(
                vector,
                rowCount,
                limit,
                mask,
                maskCount,
                filter,
                ties,
                accuracy,
                beam,
                exactBudgetNanos,
                stop,
                helpers);
    }

    /** Returns this query with another accuracy. */
    public VectorQuery withAccuracy(Accuracy wanted) {
        return new VectorQuery(
                vector, rowCount, limit, mask, maskCount, filter, order, wanted, beam, exactBudgetNanos, stop, helpers);
    }

    /** Returns this query with a beam of 1 to {@link #MAX_BEAM} candidates, or 0 for the default. */
    public VectorQuery withBeam(int candidates) {
        return new VectorQuery(
                vector,
                rowCount,
                limit,
                mask,
                maskCount,
                filter,
                order,
                accuracy,
                candidates,
                exactBudgetNanos,
                stop,
                helpers);
    }

    /** Returns this query with another time that an exact answer may take. */
    public VectorQuery withExactBudget(long nanos) {
        return new VectorQuery(
                vector, rowCount, limit, mask, maskCount, filter, order, accuracy, beam, nanos, stop, helpers);
    }

    /** Returns this query with a stop signal. */
    public VectorQuery withStop(StopSignal signal) {
        return new VectorQuery(
                vector,
                rowCount,
                limit,
                mask,
                maskCount,
                filter,
                order,
                accuracy,
                beam,
                exactBudgetNanos,
                signal,
                helpers);
    }

    /** Returns this query with threads that may help. What it finds does not depend on them. */
    public VectorQuery withHelpers(SearchHelpers idle) {
        return new VectorQuery(
                vector, rowCount, limit, mask, maskCount, filter, order, accuracy, beam, exactBudgetNanos, stop, idle);
    }
}
