package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class PrefetchTest {
    @Test
    void itIsThereOnLinuxOnX86() {
        boolean expected = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        assertThat(Prefetch.isAvailable()).isEqualTo(expected);
    }

    @Test
    void memoryIsAsItWas() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(1 << 16, 64);
            for (long at = 0; at < memory.byteSize(); at += 8) {
                memory.set(ValueLayout.JAVA_LONG, at, at * 31);
            }
            for (long at = 0; at < memory.byteSize(); at += 1_000) {
                Prefetch.lines(memory, at, memory.byteSize() - at);
            }
            for (long at = 0; at < memory.byteSize(); at += 8) {
                assertThat(memory.get(ValueLayout.JAVA_LONG, at)).isEqualTo(at * 31);
            }
        }
    }

    @Test
    void noAddressIsWrong() {
        // Past the end, in no page at all, at both ends of the address space, and nothing.
        try (Arena arena = Arena.ofConfined()) {
            Prefetch.lines(arena.allocate(64, 64), 1L << 40, 1 << 20);
        }
        Prefetch.lines(MemorySegment.NULL, 0, 4_096);
        Prefetch.lines(MemorySegment.NULL, -64, 128);
        Prefetch.lines(MemorySegment.NULL, 0, 0);
        Prefetch.lines(MemorySegment.NULL, 0, -1);
    }
}
