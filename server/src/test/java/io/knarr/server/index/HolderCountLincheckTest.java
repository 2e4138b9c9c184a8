package io.knarr.server.index;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Holders of a table of rows, through the interleavings that a model checker finds. The long form:
 * {@code -Dknarr.lincheck.iterations=50}.
 */
class HolderCountLincheckTest {
    private static final int ITERATIONS = Integer.getInteger("knarr.lincheck.iterations", 10);

    @Test
    void nobodyHoldsWhatIsFreedAndItIsFreedOnce() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .iterations(ITERATIONS)
                .invocationsPerIteration(200)
                .check(Shared.class);
    }

    /** A resource that its owner lets go of while others use it. Right is that no user ever finds it freed. */
    public static final class Shared {
        private final AtomicInteger freed = new AtomicInteger();
        private final AtomicInteger owners = new AtomicInteger(1);
        private final HolderCount holders = new HolderCount(freed::incrementAndGet);

        @Operation
        public boolean findsItFreed() {
            if (!holders.tryHold()) {
                return false;
            }
            boolean found = freed.get() > 0;
            holders.release();
            return found;
        }

        @Operation(runOnce = true)
        public void letGo() {
            owners.decrementAndGet();
            holders.release();
        }

        /** Checks at the end, when nobody uses it, that it was freed once if its owner has let go. */
        @Validate
        public void isFreedOnce() {
            if (freed.get() != 1 - owners.get()) {
                throw new IllegalStateException("Freed too often or never, freed=" + freed.get());
            }
        }
    }
}
