package io.knarr.server.engine.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A kernel of one vector width. The compiler turns vector code into machine vectors only where the width is a constant of the class, so
 * the loops are written once, in {@link SimdLoops}, and that class is defined once per width, each time with its own constant.
 */
abstract non-sealed class SimdKernel implements DistanceKernel {
    /** Returns the kernel whose vectors have this many bits: 128, 256 or 512. One that is wider than the machine works, but slowly. */
    static SimdKernel ofBits(int bits) {
        VectorSpecies<Float> species =
                switch (bits) {
                    case 128 -> FloatVector.SPECIES_128;
                    case 256 -> FloatVector.SPECIES_256;
                    case 512 -> FloatVector.SPECIES_512;
                    default -> throw new IllegalArgumentException("no such vector width; bits=" + bits);
                };
        try (InputStream source = SimdKernel.class.getResourceAsStream("SimdLoops.class")) {
            if (source == null) {
                throw new IllegalStateException("the class of the vector loops is missing");
            }
            return (SimdKernel) MethodHandles.lookup()
                    .defineHiddenClassWithClassData(source.readAllBytes(), species, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (IOException exception) {
            throw new UncheckedIOException("the class of the vector loops cannot be read", exception);
        } catch (ReflectiveOperationException exception) {
            throw new IllegalStateException("the vector loops cannot be made", exception);
        }
    }

    /** Returns the width of the machine's vectors in bits; 0 where they would be slower than the scalar kernel. */
    static int machineBits() {
        // Where the processor cannot fuse multiply and add, the JDK computes it exactly and thousands of times slower.
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        boolean fuses = machine != null
                && Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
        return fuses ? FloatVector.SPECIES_PREFERRED.vectorBitSize() : 0;
    }
}
