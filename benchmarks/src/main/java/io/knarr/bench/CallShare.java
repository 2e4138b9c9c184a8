package io.knarr.bench;

import com.google.protobuf.Duration;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchStage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Where the time of searches goes: what the server says of its stages, within what the client waited. Used by one thread. */
final class CallShare {
    /** The stage that is the engine. */
    private static final String ENGINE = "scan";

    private final Histogram engine = SearchLoad.histogram();
    private final Map<String, Long> stageNanos = new TreeMap<>();
    private final Map<String, Long> plans = new TreeMap<>();
    private long clientNanos;
    private long calls;

    /** Counts a call that the client waited for so long. */
    void add(long nanos, SearchExplanation explanation) {
        calls++;
        clientNanos += nanos;
        plans.merge(explanation.getPlan(), 1L, Long::sum);
        long scanned = 0;
        for (SearchStage stage : explanation.getStagesList()) {
            long took = nanos(stage.getDuration());
            stageNanos.merge(stage.getName(), took, Long::sum);
            if (stage.getName().equals(ENGINE)) {
                scanned += took;
            }
        }
        engine.recordValue(Math.min(scanned, engine.getHighestTrackableValue()));
    }

    private static long nanos(Duration duration) {
        return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
    }

    /** Adds the calls of another. */
    void add(CallShare other) {
        engine.add(other.engine);
        other.stageNanos.forEach((stage, nanos) -> stageNanos.merge(stage, nanos, Long::sum));
        other.plans.forEach((plan, count) -> plans.merge(plan, count, Long::sum));
        clientNanos += other.clientNanos;
        calls += other.calls;
    }

    /** Returns which share of the time that clients waited was the engine's, 0 to 1; null without a call. */
    @Nullable
    Double engineShare() {
        return clientNanos == 0 ? null : ResultLine.rounded(stageNanos.getOrDefault(ENGINE, 0L) / (double) clientNanos);
    }

    /** Returns the median of the engine's microseconds in a call; null without a call. */
    @Nullable
    Double engineMedianMicros() {
        return calls == 0 ? null : ResultLine.rounded(engine.getValueAtPercentile(50) / 1e3);
    }

    /**
     * Returns the mean microseconds of a call by stage, the client's whole wait as {@code call}, and as {@code rest} what is in no stage:
     * protocol, network, and the wait for a processor.
     */
    Map<String, @Nullable Object> meanMicros() {
        Map<String, @Nullable Object> means = new LinkedHashMap<>();
        if (calls > 0) {
            long rest = clientNanos;
            for (Map.Entry<String, Long> stage : stageNanos.entrySet()) {
                means.put(stage.getKey(), ResultLine.rounded(stage.getValue() / 1e3 / calls));
                rest -= stage.getValue();
            }
            means.put("rest", ResultLine.rounded(rest / 1e3 / calls));
            means.put("call", ResultLine.rounded(clientNanos / 1e3 / calls));
        }
        return means;
    }

    /** Returns how many calls each plan answered. */
    Map<String, Long> plans() {
        return plans;
    }
}
