package io.knarr.server.engine.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The ways to count differing bits in vectors; which is fastest depends on the instructions of the processor. */
enum SignForm {
    /** Counts in 32-bit lanes: three operations per word and plane where the processor has an instruction for it, many otherwise. */
    POPCOUNT,
    /** Counts in bytes and adds the bytes: for processors that count in bytes only. */
    BYTE_POPCOUNT,
    /** Adds bits with full adders, and counts only the carries of weight 32: for processors that cannot count bits in vectors. */
    CARRY_SAVE;

    /** Returns the form's name in kernel names and properties: {@code carry-save}. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the form that should be the fastest on this machine, from what it says of itself and without measuring. */
    static SignForm expectedFastest() {
        if (System.getProperty("os.arch", "").equals("aarch64")) {
            return BYTE_POPCOUNT;
        }
        return VectorLoops.usableBits() == 512 && hasVectorPopcount() ? POPCOUNT : CARRY_SAVE;
    }

    private static boolean hasVectorPopcount() {
        // The JVM does not tell; Linux does. Elsewhere the slower form is taken, which is never wrong.
        Path processor = Path.of("/proc/cpuinfo");
        try (var lines = Files.lines(processor)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .orElse("")
                    .contains("avx512_vpopcntdq");
        } catch (IOException _) {
            return false;
        }
    }
}
