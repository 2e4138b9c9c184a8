package io.knarr.bench;

import java.io.Console;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a bench says while it works. Steps are always printed; a running count with rate and remaining time only on a terminal.
 * Thread-safe.
 */
final class Progress {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final PrintStream err;
    private final boolean terminal;
    private final AtomicLong lastDraw = new AtomicLong();

    @SuppressWarnings("SystemConsoleNull") // it still is null under -Djdk.console=java.base
    Progress(PrintStream err) {
        Console console = System.console();
        this.err = err;
        this.terminal = console != null && console.isTerminal();
    }

    /** Prints a finished or starting step. */
    void step(String text) {
        err.println(terminal ? "\r\u001b[K" + text : text);
    }

    /** Redraws the running count, at most four times a second. */
    void count(String what, long done, long total, long startNanos) {
        long now = System.nanoTime();
        long last = lastDraw.get();
        if (!terminal || now - last < REDRAW_NANOS || !lastDraw.compareAndSet(last, now)) {
            return;
        }
        double seconds = (now - startNanos) / 1e9;
        double rate = done / Math.max(seconds, 1e-9);
        err.printf(
                "\r\u001b[K%s %,d of %,d, %,.0f/s, %,.0f s left",
                what, done, total, rate, (total - done) / Math.max(rate, 1e-9));
        err.flush();
    }
}
