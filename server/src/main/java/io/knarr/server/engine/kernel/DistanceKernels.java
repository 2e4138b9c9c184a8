package io.knarr.server.engine.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * The kernels of this machine, and the choice among them, made once when the class is first used. The widest vectors the machine has
 * win; a scan is bound by memory long before that choice shows.
 */
public final class DistanceKernels {
    private static final int[] WIDTHS = {512, 256, 128};
    private static final List<DistanceKernel> SUPPORTED = find();
    private static final DistanceKernel SELECTED = SUPPORTED.getFirst();
    private static final ScalarKernel DEFINITION = new ScalarKernel();

    private DistanceKernels() {}

    /** Returns the kernel that searches use. */
    public static DistanceKernel selected() {
        return SELECTED;
    }

    /** Returns the kernel that is right by definition, and slow. */
    public static ScalarKernel definition() {
        return DEFINITION;
    }

    /** Returns every kernel that runs well on this machine, widest first and the scalar one last; for tests and benchmarks. */
    public static List<DistanceKernel> supported() {
        return SUPPORTED;
    }

    /** Returns the name of the selected kernel, for the log line at start and for {@code explain}: {@code simd-512}, {@code scalar}. */
    public static String description() {
        return SELECTED.name();
    }

    private static List<DistanceKernel> find() {
        List<DistanceKernel> kernels = new ArrayList<>();
        for (int bits : WIDTHS) {
            if (bits <= VectorLoops.usableBits()) {
                kernels.add(VectorLoops.define("SimdLoops", DistanceKernel.class, bits));
            }
        }
        kernels.add(new ScalarKernel());
        return List.copyOf(kernels);
    }
}
