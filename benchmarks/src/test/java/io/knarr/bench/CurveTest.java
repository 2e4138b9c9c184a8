package io.knarr.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class CurveTest {
    private final Curve curve = new Curve(List.of(point(0.98, 1_000), point(0.90, 4_000), point(0.95, 2_000)));

    @Test
    void aMeasuredRecallHasItsMeasuredSpeed() {
        assertThat(curve.qpsAt(0.90)).hasValueCloseTo(4_000.0, within(1e-6));
        assertThat(curve.qpsAt(0.95)).hasValueCloseTo(2_000.0, within(1e-6));
        assertThat(curve.qpsAt(0.98)).hasValueCloseTo(1_000.0, within(1e-6));
    }

    @Test
    void betweenTwoPointsTheLogarithmIsInterpolated() {
        assertThat(curve.qpsAt(0.925)).hasValueCloseTo(Math.sqrt(4_000.0 * 2_000), within(1e-6));
    }

    @Test
    void aRecallThatIsNotReachedHasNoSpeed() {
        assertThat(curve.qpsAt(0.981)).isEmpty();
        assertThat(new Curve(List.of()).qpsAt(0.5)).isEmpty();
    }

    @Test
    void belowTheFirstPointTheFirstCounts() {
        assertThat(curve.qpsAt(0.5)).hasValueCloseTo(4_000.0, within(1e-6));
    }

    @Test
    void aPointThatAnotherBeatsInBothIsLeftOut() {
        Curve bent = new Curve(List.of(point(0.90, 4_000), point(0.92, 1_500), point(0.95, 2_000), point(0.95, 1_900)));

        assertThat(bent.front()).containsExactly(point(0.90, 4_000), point(0.95, 2_000));
    }

    @Test
    void aRatioNeedsBothToReachTheRecall() {
        Curve slower = new Curve(List.of(point(0.90, 1_000), point(0.95, 500)));

        assertThat(curve.ratioTo(slower, 0.95)).hasValueCloseTo(4.0, within(1e-9));
        assertThat(slower.ratioTo(curve, 0.95)).hasValueCloseTo(0.25, within(1e-9));
        assertThat(curve.ratioTo(slower, 0.98)).isEmpty();
        assertThat(slower.ratioTo(curve, 0.98)).isEmpty();
    }

    @Test
    void aMedianIsTheMiddle() {
        assertThat(Alternation.median(List.of(5.0, 1.0, 3.0))).isEqualTo(3);
        assertThat(Alternation.median(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(3);
    }

    private static Curve.Point point(double recall, double qps) {
        return new Curve.Point(0, recall, qps, qps);
    }
}
