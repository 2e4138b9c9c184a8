package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.knarr.server.model.Metric;
import io.knarr.server.model.SearchResult;
import io.knarr.v1.ConditionExplanation;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchStage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a search says of itself, as protobuf. */
final class SearchMapperTest {
    @Test
    void anExplanationSaysWhatWasDoneAndWhy() {
        assertThat(explained(Optional.of(java.time.Duration.ofNanos(2_000_350_000L))))
                .isEqualTo(SearchExplanation.newBuilder()
                        .setPlan("graph-fast-filtered")
                        .setMetric(io.knarr.v1.Metric.METRIC_EUCLID)
                        .setRecordCount(10)
                        .setMatchedCount(4)
                        .setCold(true)
                        .setKernel("simd-512")
                        .addStages(SearchStage.newBuilder()
                                .setName("scan")
                                .setDuration(Duration.newBuilder().setNanos(7_000)))
                        .setPlanReason("an exact answer would take longer")
                        .setExpectedDuration(Duration.newBuilder().setSeconds(2).setNanos(350_000))
                        .addConditions(ConditionExplanation.newBuilder()
                                .setPath("filter.range")
                                .setIndexed(true)
                                .setEstimatedCount(5)
                                .setMatchedCount(4))
                        .build());
    }

    @Test
    void whereNothingWasExpectedNothingIsSaid() {
        assertThat(explained(Optional.empty()).hasExpectedDuration()).isFalse();
    }

    private static SearchExplanation explained(Optional<java.time.Duration> expected) {
        SearchResult.Explanation explanation = new SearchResult.Explanation(
                "graph-fast-filtered",
                Optional.of(Metric.EUCLID),
                10,
                4,
                true,
                "simd-512",
                List.of(new SearchResult.Stage("scan", java.time.Duration.ofNanos(7_000))),
                "an exact answer would take longer",
                expected,
                List.of(new SearchResult.Condition("filter.range", true, 5, OptionalLong.of(4))));
        return SearchMapper.toResponse(new SearchResult(List.of(), false, 5, Optional.of(explanation)))
                .getExplanation();
    }
}
