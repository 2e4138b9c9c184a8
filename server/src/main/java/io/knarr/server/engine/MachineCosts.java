package io.knarr.server.engine;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What searches take on this machine, learned from the searches themselves: nothing is measured beside them, and what is learned is of
 * compiled code and of memory as full as it is. Kept apart for rows of about one size.
 *
 * <p>Times come from the wall clock, which counts what other threads took away too. So the shortest of every sixteen counts, and these are
 * averaged: as long as one in sixteen searches runs undisturbed, a cost is that of a machine that does nothing else. It is also that of the
 * cheaper searches, where they differ. A search of which helpers did a share says nothing about one thread and is left out. Before enough
 * was seen a cost is what {@link SearchCosts#assumed} says.
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
    private final Cost scannedRow;
    private final Cost pickedRow;
    private final Cost fastStep;
    private final Cost compactStep;

    MachineCosts(int size) {
        SearchCosts assumed = SearchCosts.assumed(size);
        this.size = size;
        this.scannedRow = new Cost(assumed.scannedRow());
        this.pickedRow = new Cost(assumed.pickedRow());
        this.fastStep = new Cost(assumed.fastStep());
        this.compactStep = new Cost(assumed.compactStep());
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
            if (costs.scannedRow.seen() >= Cost.KNOWN && ANNOUNCED.compareAndSet(false, true)) {
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

    /** Forgets what was learned: for tests, whose plans must not depend on what ran before them. */
    void forget() {
        SearchCosts assumed = SearchCosts.assumed(size);
        scannedRow.forget(assumed.scannedRow());
        pickedRow.forget(assumed.pickedRow());
        fastStep.forget(assumed.fastStep());
        compactStep.forget(assumed.compactStep());
    }

    /** Returns how many scans were learned from. */
    long seenScans() {
        return scannedRow.seen();
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

    /** A moving average of the shortest of every few times. */
    private static final class Cost {
        /** Times that are let pass: the interpreter's, and those of code that is compiled for the first time. */
        private static final int PASSED = 64;

        /** Times of which the shortest counts. */
        private static final int WINDOW = 16;

        private static final int KNOWN = PASSED + 4 * WINDOW;
        private static final double SHARE = 1.0 / 4;

        /** All of it in one, so that threads that learn at once may lose a time but never mix two states. */
        private record State(long seen, double shortest, double nanos) {
            State after(double measured) {
                long now = seen + 1;
                if (now <= PASSED) {
                    return new State(now, shortest, nanos);
                }
                double least = Math.min(shortest, measured);
                if ((now - PASSED) % WINDOW != 0) {
                    return new State(now, least, nanos);
                }
                // What was assumed counts no more once anything was seen.
                double share = now == PASSED + WINDOW ? 1 : SHARE;
                return new State(now, Double.POSITIVE_INFINITY, nanos + share * (least - nanos));
            }
        }

        private volatile State state;

        Cost(double assumed) {
            this.state = unknown(assumed);
        }

        private static State unknown(double assumed) {
            return new State(0, Double.POSITIVE_INFINITY, assumed);
        }

        void forget(double assumed) {
            state = unknown(assumed);
        }

        void learn(double measured) {
            if (measured > 0) {
                state = state.after(measured);
            }
        }

        long seen() {
            return state.seen();
        }

        double or(double assumed) {
            State known = state;
            return known.seen() >= KNOWN ? known.nanos() : assumed;
        }

        @Override
        public String toString() {
            State known = state;
            return String.format(Locale.ROOT, "%.1f ns%s", known.nanos(), known.seen() >= KNOWN ? "" : " (assumed)");
        }
    }
}
