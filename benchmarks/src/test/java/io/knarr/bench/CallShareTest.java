package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchStage;
import org.junit.jupiter.api.Test;

class CallShareTest {
    private final CallShare share = new CallShare();

    @Test
    void theEngineIsWhatTheServerSaysOfItsScan() {
        share.add(100_000, explanation("graph-fast", 5_000, 20_000));
        share.add(300_000, explanation("graph-fast", 15_000, 60_000));

        assertThat(share.engineShare()).isEqualTo(0.2);
        assertThat(share.meanMicros())
                .containsEntry("queue", 10.0)
                .containsEntry("scan", 40.0)
                .containsEntry("rest", 150.0)
                .containsEntry("call", 200.0);
    }

    @Test
    void theMedianIsOfTheEngineAlone() {
        for (int micros : new int[] {10, 20, 900}) {
            share.add(1_000_000, explanation("exact-float", 0, micros * 1_000));
        }

        assertThat(share.engineMedianMicros()).isBetween(19.9, 20.1);
    }

    @Test
    void clientsAddUp() {
        share.add(100_000, explanation("graph-fast", 0, 10_000));
        CallShare other = new CallShare();
        other.add(100_000, explanation("exact-estimated", 0, 70_000));

        share.add(other);

        assertThat(share.engineShare()).isEqualTo(0.4);
        assertThat(share.plans()).containsEntry("graph-fast", 1L).containsEntry("exact-estimated", 1L);
    }

    @Test
    void withoutACallThereIsNoFigure() {
        assertThat(share.engineShare()).isNull();
        assertThat(share.engineMedianMicros()).isNull();
        assertThat(share.meanMicros()).isEmpty();
    }

    private static SearchExplanation explanation(String plan, int queueNanos, int scanNanos) {
        return SearchExplanation.newBuilder()
                .setPlan(plan)
                .addStages(stage("queue", queueNanos))
                .addStages(stage("scan", scanNanos))
                .build();
    }

    private static SearchStage stage(String name, int nanos) {
        return SearchStage.newBuilder()
                .setName(name)
                .setDuration(Duration.newBuilder().setNanos(nanos))
                .build();
    }
}
