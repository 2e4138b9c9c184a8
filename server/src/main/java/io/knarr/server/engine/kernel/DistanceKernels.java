package io.knarr.server.engine.kernel;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The kernels of this machine, and the choice among them, made once when the class is first used. The widest vectors the machine has
 * win; a scan is bound by memory long before that choice shows.
 */
public final class DistanceKernels {
    private static final int[] WIDTHS = {512, 256, 128};
    private static final ScalarKernel DEFINITION = new ScalarKernel();
    private static final List<DistanceKernel> SUPPORTED = find(ElementType.FLOAT32);
    private static final DistanceKernel SELECTED = SUPPORTED.getFirst();

    private DistanceKernels() {}

    /** Those for rows that are not float32; made when the first such row is met. */
    private static final class Smaller {
        static final Map<ElementType, List<DistanceKernel>> SUPPORTED = new EnumMap<>(
                Map.of(ElementType.FLOAT16, find(ElementType.FLOAT16), ElementType.INT8, find(ElementType.INT8)));
        static final DistanceKernel FLOAT16 = supported(ElementType.FLOAT16).getFirst();
        static final DistanceKernel INT8 = supported(ElementType.INT8).getFirst();
    }

    /** Returns the kernel that searches use for rows of float32. */
    public static DistanceKernel selected() {
        return SELECTED;
    }

    /** Returns the kernel that searches use for rows of a type. */
    public static DistanceKernel selected(ElementType type) {
        return switch (type) {
            case FLOAT32 -> SELECTED;
            case FLOAT16 -> Smaller.FLOAT16;
            case INT8 -> Smaller.INT8;
        };
    }

    /** Returns the kernel that is right by definition, for rows of every type, and slow. */
    public static ScalarKernel definition() {
        return DEFINITION;
    }

    /** Returns every kernel for float32 that runs well on this machine, widest first and the scalar one last; for tests and benchmarks. */
    public static List<DistanceKernel> supported() {
        return SUPPORTED;
    }

    /** Returns every kernel for a type that runs well on this machine, widest first and the scalar one last; for tests and benchmarks. */
    public static List<DistanceKernel> supported(ElementType type) {
        return type == ElementType.FLOAT32 ? SUPPORTED : Smaller.SUPPORTED.getOrDefault(type, List.of());
    }

    /** Returns the name of the selected kernel, for {@code explain}: {@code simd-512}, {@code scalar}. */
    public static String description() {
        return SELECTED.name();
    }

    private static List<DistanceKernel> find(ElementType type) {
        List<DistanceKernel> kernels = new ArrayList<>();
        for (int bits : WIDTHS) {
            if (bits <= VectorLoops.usableBits()) {
                kernels.add(VectorLoops.define("SimdLoops", DistanceKernel.class, bits, type));
            }
        }
        kernels.add(DEFINITION);
        return List.copyOf(kernels);
    }
}
