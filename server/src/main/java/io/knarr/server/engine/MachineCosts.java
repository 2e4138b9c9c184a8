package io.knarr.server.engine;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What searches take on this machine, learned from the searches themselves: nothing is measured beside them, and what is learned is of
 * compiled code and of memory as full as it is. Kept apart for rows of about one size.
 *
 * <p>Times come from the wall clock, which counts what other threads took away too. So an average follows shorter times faster than longer
 * ones, and one time moves it by little; it comes to rest among the shorter fifth. Before it has seen enough it is what
 * {@link SearchCosts#assumed} says.
 *
 * <p>Thread-safe without locks: where two threads learn at once, one of them may do so in vain.
 */
public final class MachineCosts {
    /** Rows that a scan has at least, so that what it does once counts little. */
    static final int MIN_SCANNED_ROWS = 16_384;

    /** The same of picked rows. */
    static final int MIN_PICKED_ROWS = 1_024;

    /** The same of candidates in a beam. */
    static final int MIN_STEPS = 64;

    private static final MachineCosts[] BY_SIZE = new MachineCosts[Integer.SIZE];
    private static final AtomicBoolean ANNOUNCED = new AtomicBoolean();

    static {
        for (int i = 0; i < BY_SIZE.length; i++) {
            BY_SIZE[i] = new MachineCosts(Math.toIntExact(Math.min(1L << i, 1 << 17)));
        }
    }

    private final int size;
    private final Average scannedRow;
    private final Average pickedRow;
    private final Average fastStep;
    private final Average compactStep;

    MachineCosts(int size) {
        SearchCosts assumed = SearchCosts.assumed(size);
        this.size = size;
        this.scannedRow = new Average(assumed.scannedRow());
        this.pickedRow = new Average(assumed.pickedRow());
        this.fastStep = new Average(assumed.fastStep());
        this.compactStep = new Average(assumed.compactStep());
    }

    /** Returns the costs of rows of {@code size} coded components, or up to twice as many as the next smaller power of two. */
    static MachineCosts ofSize(int size) {
        return BY_SIZE[Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size)];
    }

    /** Returns what is known by now of rows of a layout. */
    static SearchCosts costs(CodeLayout layout) {
        return ofSize(layout.size()).of(layout.size());
    }

    /** Returns a line that says what was learned, the first time that anything was; {@code null} otherwise. For any thread. */
    public static @Nullable String announcement() {
        if (ANNOUNCED.get()) {
            return null;
        }
        for (MachineCosts costs : BY_SIZE) {
            if (costs.scannedRow.known() && ANNOUNCED.compareAndSet(false, true)) {
                return costs.toString();
            }
        }
        return null;
    }

    /** Returns what is known by now of rows of {@code exactSize} components, which are of this size about. */
    SearchCosts of(int exactSize) {
        SearchCosts assumed = SearchCosts.assumed(exactSize);
        return new SearchCosts(
                scannedRow.or(assumed.scannedRow()),
                pickedRow.or(assumed.pickedRow()),
                fastStep.or(assumed.fastStep()),
                compactStep.or(assumed.compactStep()));
    }

    /** Learns from an exact search of rows of a layout, by its plan and the time it took. */
    static void learn(CodeLayout layout, VectorQuery query, String plan, long nanos) {
        MachineCosts costs = ofSize(layout.size());
        if (plan.equals(ExactSearch.ESTIMATED)) {
            costs.learnScan(query.rowCount(), nanos);
        } else if (plan.equals(ExactSearch.BOUNDED) && query.mask() != null && query.accuracy() != Accuracy.STRICT) {
            costs.learnPicked(Math.min(query.maskCount(), query.rowCount()), nanos);
        }
    }

    /** Learns from a walk that kept so many candidates. */
    static void learn(CodeLayout layout, GraphMode mode, int steps, long nanos) {
        ofSize(layout.size()).learnWalk(mode, steps, nanos);
    }

    void learnScan(int rows, long nanos) {
        if (rows >= MIN_SCANNED_ROWS) {
            scannedRow.learn((double) nanos / rows);
        }
    }

    void learnPicked(int rows, long nanos) {
        if (rows >= MIN_PICKED_ROWS) {
            pickedRow.learn((double) nanos / rows);
        }
    }

    void learnWalk(GraphMode mode, int steps, long nanos) {
        if (steps >= MIN_STEPS) {
            (mode == GraphMode.FAST ? fastStep : compactStep).learn((double) nanos / steps);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "about %d components: scanned row %s, picked row %s, graph step %s fast, %s compact",
                size,
                scannedRow,
                pickedRow,
                fastStep,
                compactStep);
    }

    /** A moving average that leans to the shorter times. */
    private static final class Average {
        /** Times that are let pass: the interpreter's, and those of code that is compiled for the first time. */
        private static final int PASSED = 64;

        private static final int KNOWN = 128;
        private static final double DOWN = 1.0 / 8;
        private static final double UP = 1.0 / 32;
        private static final double MAX_RATIO = 4;

        private volatile double nanos;
        private volatile int count;

        Average(double assumed) {
            this.nanos = assumed;
        }

        void learn(double measured) {
            int seen = count;
            if (seen < KNOWN) {
                count = seen + 1;
            }
            if (seen < PASSED || !(measured > 0)) {
                return;
            }
            double before = nanos;
            double near = Math.clamp(measured, before / MAX_RATIO, before * MAX_RATIO);
            nanos = before + (near < before ? DOWN : UP) * (near - before);
        }

        boolean known() {
            return count >= KNOWN;
        }

        double or(double assumed) {
            return known() ? nanos : assumed;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f ns%s", nanos, known() ? "" : " (assumed)");
        }
    }
}
