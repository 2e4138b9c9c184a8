package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class KernelsTest {
    @Test
    void theRuleTakesTheWidestOfTheFormThatFitsTheProcessor() {
        Kernels.SignChoice choice = Kernels.chooseSign(null);
        int bits = VectorLoops.usableBits();
        String expected = bits == 0 ? "scalar" : SignForm.expectedFastest().label() + "-" + bits;
        assertThat(choice.kernel().name()).isEqualTo(expected);
        assertThat(choice.why()).isEqualTo("by rule");
    }

    @Test
    void everyKernelCanBeNamed() {
        for (SignKernel kernel : Kernels.signs()) {
            Kernels.SignChoice choice = Kernels.chooseSign(kernel.name());
            assertThat(choice.kernel()).isSameAs(kernel);
            assertThat(choice.why()).isEqualTo("by property");
        }
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThereAre() {
        assertThatThrownBy(() -> Kernels.chooseSign("popcount-1024"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("knarr.kernel.sign=popcount-1024")
                .hasMessageContaining(",scalar");
    }

    @Test
    void theDescriptionNamesWhatWasChosen() {
        assertThat(Kernels.description())
                .contains("float " + DistanceKernels.selected().name())
                .contains("codes " + Kernels.code().name())
                .contains("signs " + Kernels.sign().name());
    }
}
