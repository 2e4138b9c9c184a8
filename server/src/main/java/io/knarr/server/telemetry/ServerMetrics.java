package io.knarr.server.telemetry;

import io.knarr.server.account.AccountCacheListener;
import io.knarr.server.account.EvictionCause;
import io.knarr.server.rpc.CallListener;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * The numbers of one server, for Prometheus. Thread-safe.
 *
 * <p>No metric has the account as a label: a server has more accounts than a metrics database takes series, and what one account does
 * is nobody else's to read.
 */
public final class ServerMetrics implements CallListener, AccountCacheListener {
    /** What {@link #write} writes, as an HTTP content type. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final double NANOS_PER_SECOND = 1e9;

    // From a point read in memory to a cold load; the thirds of a decade keep the error of a quantile below a factor of
    // two.
    private static final double[] CALL_SECONDS = {
        0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

    private final Histogram callSeconds = Histogram.builder()
            .name("knarr_call_duration_seconds")
            .help("Time from the first byte of a call to its answer, by method and gRPC code.")
            .unit(Unit.SECONDS)
            .classicOnly()
            .classicUpperBounds(CALL_SECONDS)
            .withoutExemplars()
            .labelNames("method", "code")
            .register(registry);

    private final Histogram loadSeconds = Histogram.builder()
            .name("knarr_account_load_duration_seconds")
            .help("Time to bring an account into memory, by outcome.")
            .unit(Unit.SECONDS)
            .classicOnly()
            .classicUpperBounds(CALL_SECONDS)
            .withoutExemplars()
            .labelNames("outcome")
            .register(registry);

    private final Counter evictions = Counter.builder()
            .name("knarr_account_evictions_total")
            .help("Accounts that left memory, by cause.")
            .labelNames("cause")
            .register(registry);

    /** Creates the metrics of a server of this version, the JVM's among them. */
    public ServerMetrics(String version) {
        Info build = Info.builder()
                .name("knarr_build_info")
                .help("What runs.")
                .labelNames("version", "java")
                .register(registry);
        build.addLabelValues(version, Runtime.version().toString());
        JvmMetrics.builder().register(registry);
    }

    /** Adds a gauge that is read from {@code value} whenever the metrics are. The value must be quick to get. */
    public void watch(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    @Override
    public void callFinished(FinishedCall call) {
        callSeconds.labelValues(call.method(), call.status()).observe(call.nanos() / NANOS_PER_SECOND);
    }

    @Override
    public void loaded(long nanos) {
        loadSeconds.labelValues("ok").observe(nanos / NANOS_PER_SECOND);
    }

    @Override
    public void loadFailed(long nanos) {
        loadSeconds.labelValues("failed").observe(nanos / NANOS_PER_SECOND);
    }

    @Override
    public void evicted(EvictionCause cause) {
        evictions.labelValues(cause.name().toLowerCase(Locale.ROOT)).inc();
    }

    /** Writes all metrics in the Prometheus text format, UTF-8. Leaves {@code output} open. */
    public void write(OutputStream output) throws IOException {
        writer.write(output, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    }
}
