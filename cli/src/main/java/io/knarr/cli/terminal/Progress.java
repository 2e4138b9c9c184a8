package io.knarr.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * One line on a terminal that says how far long work has come, how fast it goes and how long it will take. Silent where the
 * output is no terminal. Safe for use by several threads.
 */
public final class Progress implements AutoCloseable {
    private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
    private static final int BAR_CELLS = 24;
    private static final String ERASE = "\r\u001b[K";

    private final PrintStream terminal;
    private final boolean shown;
    private final String task;
    private final String unit;
    private final long total;
    private final long startNanos = System.nanoTime();
    private long lastDrawNanos;
    private long done;

    /**
     * Begins.
     *
     * @param terminal where the line goes
     * @param shown whether that is a terminal at all
     * @param task what is being done, in a word or two
     * @param unit what is counted, in the plural
     * @param total how many there are; 0 if that is not known
     */
    public Progress(PrintStream terminal, boolean shown, String task, String unit, long total) {
        this.terminal = terminal;
        this.shown = shown;
        this.task = task;
        this.unit = unit;
        this.total = total;
    }

    /**
     * Begins on standard error, if that is a terminal. Only the launcher can see that: the JVM knows it of standard input and
     * output alone, and these may well be files while somebody watches.
     */
    public static Progress onTerminal(String task, String unit, long total) {
        return new Progress(System.err, Boolean.getBoolean("knarr.stderr.terminal"), task, unit, total);
    }

    /** Counts {@code count} more as done. */
    public synchronized void add(long count) {
        advanceTo(done + count);
    }

    /** Says that {@code count} in all are done. */
    public synchronized void advanceTo(long count) {
        done = count;
        long now = System.nanoTime();
        if (shown && now - lastDrawNanos >= REDRAW_NANOS) {
            lastDrawNanos = now;
            terminal.print(ERASE + line(now - startNanos));
            terminal.flush();
        }
    }

    private String line(long elapsedNanos) {
        return line(task, unit, done, total, Duration.ofNanos(elapsedNanos));
    }

    /** Returns the line as it stands after {@code elapsed}. */
    static String line(String task, String unit, long done, long total, Duration elapsed) {
        double seconds = Math.max(1e-3, elapsed.toNanos() / 1e9);
        double rate = done / seconds;
        String speed = String.format(Locale.ROOT, "%,.0f %s/s", rate, unit);
        if (total <= 0) {
            return String.format(Locale.ROOT, "%s  %,d %s  %s", task, done, unit, speed);
        }
        double share = Math.min(1, (double) done / total);
        int full = (int) (share * BAR_CELLS);
        String bar = "#".repeat(full) + ".".repeat(BAR_CELLS - full);
        String left = rate > 0 ? clock((long) Math.ceil((total - done) / rate)) : "--:--";
        return String.format(
                Locale.ROOT,
                "%s  [%s] %3d%%  %,d/%,d %s  %s  %s left",
                task,
                bar,
                (int) (share * 100),
                done,
                total,
                unit,
                speed,
                left);
    }

    private static String clock(long seconds) {
        long shownSeconds = Math.max(0, seconds);
        return String.format(Locale.ROOT, "%02d:%02d", shownSeconds / 60, shownSeconds % 60);
    }

    /** Takes the line away. */
    @Override
    public synchronized void close() {
        if (shown) {
            terminal.print(ERASE);
            terminal.flush();
        }
    }
}
