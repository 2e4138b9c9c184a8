package io.knarr.server.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
    void everyFormCanBeNamed() {
        int bits = VectorLoops.usableBits();
        for (SignForm form : SignForm.values()) {
            Kernels.SignChoice choice = Kernels.chooseSign(form.label());
            assertThat(choice.kernel().name()).isEqualTo(bits == 0 ? "scalar" : form.label() + "-" + bits);
            assertThat(choice.why()).isEqualTo("by property");
        }
    }

    @Test
    void allChosenKernelsHaveTheWidthOfTheProcess() {
        String width = VectorLoops.usableBits() == 0 ? "scalar" : "-" + VectorLoops.usableBits();
        assertThat(List.of(
                        Kernels.transform().name(),
                        Kernels.code().name(),
                        Kernels.sign().name(),
                        DistanceKernels.selected().name(),
                        DistanceKernels.selected(ElementType.FLOAT16).name(),
                        DistanceKernels.selected(ElementType.INT8).name()))
                .allMatch(name -> name.contains(width));
    }

    @Test
    void thePropertyMakesVectorsNarrowerAndNeverWider() {
        assertThat(VectorLoops.limit(512, null)).isEqualTo(512);
        assertThat(VectorLoops.limit(512, "256")).isEqualTo(256);
        assertThat(VectorLoops.limit(256, "512")).isEqualTo(256);
        assertThat(VectorLoops.limit(0, "128")).isZero();
        assertThatThrownBy(() -> VectorLoops.limit(512, "64"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("knarr.kernel.bits=64 known=128,256,512");
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThereAre() {
        assertThatThrownBy(() -> Kernels.chooseSign("popcount-512"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("knarr.kernel.sign=popcount-512 known=popcount,byte-popcount,carry-save");
    }

    @Test
    void theDescriptionNamesWhatWasChosen() {
        assertThat(Kernels.description())
                .contains("float " + DistanceKernels.selected().name())
                .contains("codes " + Kernels.code().name())
                .contains("signs " + Kernels.sign().name());
    }
}
