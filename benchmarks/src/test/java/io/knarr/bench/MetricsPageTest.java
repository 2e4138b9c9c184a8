package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsPageTest {
    private static final MetricsPage PAGE = MetricsPage.parse("""
            # HELP jvm_memory_used_bytes Used bytes of a given JVM memory area.
            # TYPE jvm_memory_used_bytes gauge
            jvm_memory_used_bytes{area="heap"} 4.2E7
            jvm_memory_used_bytes{area="nonheap"} 1000.0
            knarr_store_opens_total 1.0
            odd{text="a } b c",other="x"} 3 1700000000
            """);

    @Test
    void findsASampleByNameAndLabel() {
        assertThat(PAGE.sum("jvm_memory_used_bytes", "area=\"heap\"")).hasValue(4.2e7);
        assertThat(PAGE.sum("knarr_store_opens_total")).hasValue(1);
    }

    @Test
    void sumsSamplesOfOneName() {
        assertThat(PAGE.sum("jvm_memory_used_bytes")).hasValue(4.2e7 + 1000);
    }

    @Test
    void readsPastBracesInLabelsAndPastTimestamps() {
        assertThat(PAGE.sum("odd", "other=\"x\"")).hasValue(3);
    }

    @Test
    void saysWhenThereIsNone() {
        assertThat(PAGE.sum("jvm_memory_used", "area=\"heap\"")).isEmpty();
        assertThat(PAGE.sum("jvm_memory_used_bytes", "area=\"moon\"")).isEmpty();
    }
}
