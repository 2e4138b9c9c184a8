package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory this process has taken. */
final class MemoryUse {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String PEAK = "VmHWM:";

    private MemoryUse() {}

    /** Returns the most resident bytes so far, mapped files included; empty where the system does not say. */
    static OptionalLong peakBytes() {
        try {
            return peakBytes(Files.readString(STATUS, UTF_8));
        } catch (IOException e) {
            return OptionalLong.empty(); // no Linux: the figures stand without it
        }
    }

    static OptionalLong peakBytes(String status) {
        return status.lines()
                .filter(line -> line.startsWith(PEAK))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst();
    }
}
