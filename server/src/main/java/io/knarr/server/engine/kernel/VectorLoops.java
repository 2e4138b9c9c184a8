package io.knarr.server.engine.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Makes one class per vector width from a class of vector loops. The compiler turns vector code into machine vectors only where the width
 * is a constant of the class, so loops are written once, and their class is defined once per width, each time with its own constant.
 *
 * <p><b>One process runs one width.</b> The methods of the Vector API that all loops go through learn which vectors they meet. Where they
 * have met several widths the compiler may leave a call of them as it is, and then every vector of it is an object, for as long as the
 * process lives: loops that are right, and ten to a hundred times slower.
 */
final class VectorLoops {
    /** The system property that limits the width of vectors: 128, 256 or 512 bits. */
    static final String BITS_PROPERTY = "knarr.kernel.bits";

    private VectorLoops() {}

    /**
     * Defines a class of loops for a width and returns an instance.
     *
     * @param template a class of this package with a constructor without arguments, which finds its species by {@link #species}
     * @param type what the template is
     * @param bits 128, 256 or 512; a width greater than the machine's works, but slowly
     */
    static <T> T define(String template, Class<T> type, int bits) {
        return define(template, type, bits, "");
    }

    /** Defines as the other method does, with a constant beside the width that the class finds by {@link #variant}. */
    static <T> T define(String template, Class<T> type, int bits, Object variant) {
        VectorSpecies<Float> species =
                switch (bits) {
                    case 128 -> FloatVector.SPECIES_128;
                    case 256 -> FloatVector.SPECIES_256;
                    case 512 -> FloatVector.SPECIES_512;
                    default -> throw new IllegalArgumentException("no such vector width; bits=" + bits);
                };
        try (InputStream source = VectorLoops.class.getResourceAsStream(template + ".class")) {
            if (source == null) {
                throw new IllegalStateException("the class of the vector loops is missing; class=" + template);
            }
            return type.cast(MethodHandles.lookup()
                    .defineHiddenClassWithClassData(source.readAllBytes(), List.of(species, variant), true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance());
        } catch (IOException exception) {
            throw new UncheckedIOException("the class of the vector loops cannot be read", exception);
        } catch (ReflectiveOperationException exception) {
            throw new IllegalStateException("the vector loops cannot be made; class=" + template, exception);
        }
    }

    /** Returns the species that a class of loops was defined with. */
    @SuppressWarnings("unchecked") // the class data is a species of float: define puts it there
    static VectorSpecies<Float> species(MethodHandles.Lookup loops) {
        try {
            return MethodHandles.classDataAt(loops, "_", VectorSpecies.class, 0);
        } catch (IllegalAccessException exception) {
            throw new IllegalStateException("the vector loops were defined without a width", exception);
        }
    }

    /** Returns the constant that a class of loops was defined with beside its width. */
    static <T> T variant(MethodHandles.Lookup loops, Class<T> type) {
        try {
            return MethodHandles.classDataAt(loops, "_", type, 1);
        } catch (IllegalAccessException exception) {
            throw new IllegalStateException("the vector loops were defined without a variant", exception);
        }
    }

    /**
     * Returns the width of the widest class of loops to define; 0 where there is none, for want of the JDK's module or of the machine. It
     * is the machine's, unless {@value #BITS_PROPERTY} says less.
     */
    static int usableBits() {
        // Without this module the classes of the vector kernels cannot even be loaded.
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? Machine.BITS : 0;
    }

    /** Looked at once, and only where the module is there. */
    private static final class Machine {
        static final int BITS = limit(machineBits(), System.getProperty(BITS_PROPERTY));
    }

    /**
     * Returns the lesser of the machine's width and the property's, if it is set.
     *
     * @throws IllegalArgumentException if the property is no width
     */
    static int limit(int bits, @Nullable String property) {
        if (property == null) {
            return bits;
        }
        return switch (property) {
            case "128", "256", "512" -> Math.min(bits, Integer.parseInt(property));
            default ->
                throw new IllegalArgumentException(
                        "no such vector width; " + BITS_PROPERTY + "=" + property + " known=128,256,512");
        };
    }

    /** Returns the width of the machine's vectors in bits; 0 where they would be slower than scalar loops. */
    static int machineBits() {
        // Where the processor cannot fuse multiply and add, the JDK computes it exactly and thousands of times slower.
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        boolean fuses = machine != null
                && Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
        return fuses ? FloatVector.SPECIES_PREFERRED.vectorBitSize() : 0;
    }
}
