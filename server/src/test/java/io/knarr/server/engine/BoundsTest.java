package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BoundsTest {
    @Test
    void downIsTheGreatestFloatThatIsNotAbove() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isNaN(value)) {
                continue;
            }
            float down = Bounds.down(value);
            assertThat((double) down).isLessThanOrEqualTo(value);
            assertThat((double) Math.nextUp(down)).matches(next -> next > value || value == Double.POSITIVE_INFINITY);
        }
        assertThat(Bounds.down(0.1f)).isEqualTo(0.1f);
        assertThat(Bounds.down(1e300)).isEqualTo(Float.MAX_VALUE);
        assertThat(Bounds.down(-1e300)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Bounds.down(Double.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Bounds.down(-1e-300)).isEqualTo(-Float.MIN_VALUE);
        assertThat(Bounds.down(Double.NaN)).isNaN();
    }

    @Test
    void normsOfTheLargestVectorsAreFinite() {
        float[] largest = new float[VectorRows.MAX_DIMENSION];
        Arrays.fill(largest, -Float.MAX_VALUE);
        assertThat(Bounds.norm(largest)).isFinite().isGreaterThan(Float.MAX_VALUE);
        assertThat(Bounds.norm(new float[] {3, -4})).isEqualTo(5);
        assertThat(Bounds.norm(new float[] {Float.MIN_VALUE})).isEqualTo(Float.MIN_VALUE);
    }
}
