package io.knarr.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.Duration;
import io.knarr.v1.Metric;
import io.knarr.v1.SearchExplanation;
import org.junit.jupiter.api.Test;

/** What {@code --explain} prints. */
final class SearchCommandTest {
    @Test
    void anExplanationSaysWhyAndWhatWasExpected() {
        SearchExplanation.Builder explanation = SearchExplanation.newBuilder()
                .setPlan("exact-estimated")
                .setMetric(Metric.METRIC_COSINE)
                .setPlanReason("an exact answer is within the budget")
                .setExpectedDuration(Duration.newBuilder().setNanos(350_500));

        JsonObject json = SearchCommand.explanation(explanation.build());

        assertThat(json.get("plan_reason").getAsString()).isEqualTo("an exact answer is within the budget");
        assertThat(json.get("expected_us").getAsDouble()).isEqualTo(350.5);
        assertThat(SearchCommand.explanation(explanation.clearExpectedDuration().build())
                        .has("expected_us"))
                .isFalse();
    }
}
