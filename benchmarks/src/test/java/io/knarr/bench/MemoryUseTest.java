package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryUseTest {
    @Test
    void readsThePeakInKibibytes() {
        assertThat(MemoryUse.peakBytes("Name:\tjava\nVmPeak:\t  900 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 7 kB\n"))
                .hasValue(1_234 * 1_024);
    }

    @Test
    void whereTheSystemDoesNotSayThereIsNone() {
        assertThat(MemoryUse.peakBytes("Name:\tjava\n")).isEmpty();
    }
}
