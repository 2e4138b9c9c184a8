package io.knarr.bench;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Collectors;

/** The last lines of an output, so that a failure can show them and a long run cannot fill the memory. Thread-safe. */
final class LineTail {
    private static final int MAX_LINE_LENGTH = 2_000;

    private final int maxLines;

    @GuardedBy("this")
    private final ArrayDeque<String> lines = new ArrayDeque<>();

    LineTail(int maxLines) {
        if (maxLines < 1) {
            throw new IllegalArgumentException("maxLines must be positive: " + maxLines);
        }
        this.maxLines = maxLines;
    }

    synchronized void add(String line) {
        if (lines.size() == maxLines) {
            lines.removeFirst();
        }
        lines.addLast(line.length() > MAX_LINE_LENGTH ? line.substring(0, MAX_LINE_LENGTH) + "..." : line);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public String toString() {
        return lines().stream().map(line -> "    " + line).collect(Collectors.joining("\n"));
    }
}
