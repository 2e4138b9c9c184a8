package io.knarr.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.account.EvictionCause;
import io.knarr.server.model.AccountId;
import io.knarr.server.rpc.CallListener.FinishedCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServerMetricsTest {
    private final ServerMetrics metrics = new ServerMetrics("1.2.3");

    @Test
    void callsAreCountedByMethodAndCode() throws IOException {
        metrics.callFinished(call("knarr.v1.SearchService/Search"));

        assertThat(text())
                .contains("knarr_call_duration_seconds_count{code=\"OK\",method=\"knarr.v1.SearchService/Search\"} 1")
                .contains("knarr_call_duration_seconds_bucket{code=\"OK\",method=\"knarr.v1.SearchService/Search\","
                        + "le=\"0.001\"} 0")
                .contains("knarr_call_duration_seconds_bucket{code=\"OK\",method=\"knarr.v1.SearchService/Search\","
                        + "le=\"0.002\"} 1");
    }

    @Test
    void loadsAndEvictionsAreCounted() throws IOException {
        metrics.loaded(1);
        metrics.loadFailed(1);
        metrics.loadFailed(1);
        metrics.evicted(EvictionCause.IDLE);

        assertThat(text())
                .contains("knarr_account_load_duration_seconds_count{outcome=\"ok\"} 1")
                .contains("knarr_account_load_duration_seconds_count{outcome=\"failed\"} 2")
                .contains("knarr_account_evictions_total{cause=\"idle\"} 1.0");
    }

    @Test
    void watchedValuesAreReadWhenTheMetricsAre() throws IOException {
        double[] value = {1};
        metrics.watch("knarr_something", "A thing.", () -> value[0]);
        value[0] = 42;

        assertThat(text()).contains("knarr_something 42.0");
    }

    @Test
    void theBuildAndTheJvmAreThere() throws IOException {
        assertThat(text())
                .contains("knarr_build_info{")
                .contains("version=\"1.2.3\"")
                .contains("jvm_memory_used_bytes");
    }

    @Test
    void noMetricHasTheAccountAsALabel() throws IOException {
        metrics.callFinished(call("m"));
        metrics.loaded(1);
        metrics.evicted(EvictionCause.IDLE);

        assertThat(text().lines().filter(line -> line.startsWith("knarr_")))
                .noneMatch(line -> line.contains("account=") || line.contains("acme"));
    }

    private static FinishedCall call(String method) {
        return new FinishedCall(method, Optional.of(new AccountId("acme")), "OK", Optional.empty(), 1_500_000);
    }

    private String text() throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        metrics.write(output);
        return output.toString(StandardCharsets.UTF_8);
    }
}
