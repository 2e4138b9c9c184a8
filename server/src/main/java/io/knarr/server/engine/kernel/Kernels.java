package io.knarr.server.engine.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that this machine can run, and those that searches use, chosen once when the class is first used.
 *
 * <p>The choice is by rule: the widest vectors, and for sign codes the form that fits the processor's instructions. Measuring would ask
 * for compiled code, and no form is compiled within the time in which the server starts: interpreted, vectors are a thousand times
 * slower, and the scalar form would win. Where the rule is doubted, benchmarks say what is fastest, and the properties
 * {@value #SIGN_PROPERTY} and {@value VectorLoops#BITS_PROPERTY} name it. All kernels of a process have one width; see {@link VectorLoops}.
 */
public final class Kernels {
    /** The system property that names the form of the kernel for sign codes: {@code popcount}, {@code byte-popcount}, {@code carry-save}. */
    public static final String SIGN_PROPERTY = "knarr.kernel.sign";

    private static final int[] WIDTHS = {512, 256, 128};

    private static final TransformKernel TRANSFORM =
            widest("TransformLoops", TransformKernel.class, new ScalarTransformKernel());
    private static final CodeKernel CODE = widest("CodeLoops", CodeKernel.class, new ScalarCodeKernel());
    private static final ScoreKernel SCORE = widest("ScoreLoops", ScoreKernel.class, new ScalarScoreKernel());
    private static final SignChoice SIGN = chooseSign(System.getProperty(SIGN_PROPERTY));

    private Kernels() {}

    /**
     * The kernel for sign codes.
     *
     * @param why how it was chosen, for the log line
     */
    record SignChoice(SignKernel kernel, String why) {}

    /** All of them; made only when somebody asks, because each is a class to define. */
    private static final class All {
        static final List<TransformKernel> TRANSFORMS =
                everyWidth("TransformLoops", TransformKernel.class, new ScalarTransformKernel());
        static final List<CodeKernel> CODES = everyWidth("CodeLoops", CodeKernel.class, new ScalarCodeKernel());
        static final List<ScoreKernel> SCORES = everyWidth("ScoreLoops", ScoreKernel.class, new ScalarScoreKernel());
        static final List<SignKernel> SIGNS = everySign();
    }

    /** Returns the kernel that makes codes of vectors. */
    public static TransformKernel transform() {
        return TRANSFORM;
    }

    /** Returns the kernel for 7-bit codes. */
    public static CodeKernel code() {
        return CODE;
    }

    /** Returns the kernel for scores in float64. */
    public static ScoreKernel score() {
        return SCORE;
    }

    /** Returns the kernel for sign codes. */
    public static SignKernel sign() {
        return SIGN.kernel;
    }

    /** Returns the selected kernels for the log line at start: {@code float simd-512, codes multiply-512, signs popcount-512 (by rule), prefetch on}. */
    public static String description() {
        return "float " + DistanceKernels.description() + ", codes " + CODE.name() + ", signs " + SIGN.kernel.name()
                + " (" + SIGN.why + "), prefetch " + (Prefetch.isAvailable() ? "on" : "off");
    }

    /** Returns all transform kernels, the scalar one last; for tests and benchmarks. */
    public static List<TransformKernel> transforms() {
        return All.TRANSFORMS;
    }

    /** Returns all kernels for 7-bit codes, the scalar one last; for tests and benchmarks. */
    public static List<CodeKernel> codes() {
        return All.CODES;
    }

    /** Returns all kernels for scores in float64, the scalar one last; for tests and benchmarks. */
    public static List<ScoreKernel> scores() {
        return All.SCORES;
    }

    /** Returns all kernels for sign codes, the scalar one last; for tests and benchmarks. */
    public static List<SignKernel> signs() {
        return All.SIGNS;
    }

    /**
     * Chooses as the property's value says; null means by rule.
     *
     * @throws IllegalArgumentException if there is no such form
     */
    static SignChoice chooseSign(@Nullable String value) {
        if (value == null) {
            return new SignChoice(widestSign(SignForm.expectedFastest()), "by rule");
        }
        for (SignForm form : SignForm.values()) {
            if (form.label().equals(value)) {
                return new SignChoice(widestSign(form), "by property");
            }
        }
        throw new IllegalArgumentException("no such form of the kernel; " + SIGN_PROPERTY + "=" + value + " known="
                + Stream.of(SignForm.values()).map(SignForm::label).collect(Collectors.joining(",")));
    }

    private static SignKernel widestSign(SignForm form) {
        int bits = VectorLoops.usableBits();
        return bits == 0 ? new ScalarSignKernel() : VectorLoops.define("SignLoops", SignKernel.class, bits, form);
    }

    private static <T> T widest(String template, Class<T> type, T scalar) {
        int bits = VectorLoops.usableBits();
        return bits == 0 ? scalar : VectorLoops.define(template, type, bits);
    }

    private static <T> List<T> everyWidth(String template, Class<T> type, T scalar) {
        List<T> kernels = new ArrayList<>();
        for (int bits : WIDTHS) {
            if (bits <= VectorLoops.usableBits()) {
                kernels.add(VectorLoops.define(template, type, bits));
            }
        }
        kernels.add(scalar);
        return List.copyOf(kernels);
    }

    private static List<SignKernel> everySign() {
        List<SignKernel> kernels = new ArrayList<>();
        for (SignForm form : SignForm.values()) {
            for (int bits : WIDTHS) {
                if (bits <= VectorLoops.usableBits()) {
                    kernels.add(VectorLoops.define("SignLoops", SignKernel.class, bits, form));
                }
            }
        }
        kernels.add(new ScalarSignKernel());
        return List.copyOf(kernels);
    }
}
