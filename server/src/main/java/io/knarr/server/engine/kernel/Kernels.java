package io.knarr.server.engine.kernel;

import java.util.ArrayList;
import java.util.List;

/** The kernels that this machine can run, and those that searches use. */
public final class Kernels {
    private static final int[] WIDTHS = {512, 256, 128};

    // The transforms are used once a query; the widest are never much behind.
    private static final List<TransformKernel> TRANSFORMS =
            find("TransformLoops", TransformKernel.class, new ScalarTransformKernel());
    private static final List<CodeKernel> CODES = find("CodeLoops", CodeKernel.class, new ScalarCodeKernel());
    private static final List<SignKernel> SIGNS = findSigns();

    private static final TransformKernel TRANSFORM = TRANSFORMS.getFirst();
    private static final CodeKernel CODE = CODES.getFirst();
    private static final SignKernel SIGN = SIGNS.getFirst();

    private Kernels() {}

    /** Returns the kernel that makes codes of vectors. */
    public static TransformKernel transform() {
        return TRANSFORM;
    }

    /** Returns the kernel for 7-bit codes. */
    public static CodeKernel code() {
        return CODE;
    }

    /** Returns the kernel for sign codes. */
    public static SignKernel sign() {
        return SIGN;
    }

    /** Returns all transform kernels, the scalar one last; for tests and benchmarks. */
    public static List<TransformKernel> transforms() {
        return TRANSFORMS;
    }

    /** Returns all kernels for 7-bit codes, the scalar one last; for tests and benchmarks. */
    public static List<CodeKernel> codes() {
        return CODES;
    }

    /** Returns all kernels for sign codes, the scalar one last; for tests and benchmarks. */
    public static List<SignKernel> signs() {
        return SIGNS;
    }

    private static List<SignKernel> findSigns() {
        List<SignKernel> kernels = new ArrayList<>();
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            int machineBits = VectorLoops.machineBits();
            SignForm expected = SignForm.expectedFastest();
            List<SignForm> forms = new ArrayList<>(List.of(SignForm.values()));
            forms.remove(expected);
            forms.addFirst(expected);
            for (SignForm form : forms) {
                for (int bits : WIDTHS) {
                    if (bits <= machineBits) {
                        kernels.add(VectorLoops.define("SignLoops", SignKernel.class, bits, form));
                    }
                }
            }
        }
        kernels.add(new ScalarSignKernel());
        return List.copyOf(kernels);
    }

    private static <T> List<T> find(String template, Class<T> type, T scalar) {
        List<T> kernels = new ArrayList<>();
        // Without this module the classes of the vector kernels cannot even be loaded.
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            int machineBits = VectorLoops.machineBits();
            for (int bits : WIDTHS) {
                if (bits <= machineBits) {
                    kernels.add(VectorLoops.define(template, type, bits));
                }
            }
        }
        kernels.add(scalar);
        return List.copyOf(kernels);
    }
}
