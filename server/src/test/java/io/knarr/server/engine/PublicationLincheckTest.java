package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * How rows and codes get from the writer to readers, through the interleavings that a model checker finds. The long form:
 * {@code -Dknarr.lincheck.iterations=50}.
 */
class PublicationLincheckTest {
    private static final int ITERATIONS = Integer.getInteger("knarr.lincheck.iterations", 5);
    private static final int DIMENSION = 64;

    private static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(ITERATIONS)
                .invocationsPerIteration(50);
    }

    @Test
    void noReaderUsesCodesThatWereFreedAndEachIsFreedOnce() {
        options().check(ReplacedCodes.class);
    }

    @Test
    void noReaderSeesARowThatIsNotWhole() {
        options().check(PublishedRows.class);
    }

    /** Codes that take each other's place in an index. Right is that no reader ever finds its memory freed. */
    public static final class ReplacedCodes {
        private static final int SPARE = 10;

        private final VectorIndex index = new VectorIndex(DIMENSION, Similarity.DOT);
        private final CodedRows[] all = new CodedRows[SPARE];
        private int installed;

        public ReplacedCodes() {
            for (int i = 0; i < SPARE; i++) {
                all[i] = new CodedRows(DIMENSION, Similarity.DOT, new Centre(new float[DIMENSION]));
            }
            replace();
        }

        @Operation(nonParallelGroup = "writer")
        public void replace() {
            all[installed].makeRoom();
            index.install(new Codes(all[installed++], null, new NativeMemory()));
        }

        @Operation
        public boolean findsItsMemoryFreed() {
            Codes held = requireNonNull(index.holdCodes(), "there are codes from the beginning");
            try {
                var _ = held.rows().blocks()[0].codes().get(ValueLayout.JAVA_BYTE, 0);
                return false;
            } catch (IllegalStateException _) {
                return true;
            } finally {
                held.release();
            }
        }

        /** Checks at the end, when nobody reads, that all codes were freed but for those that are current. */
        @Validate
        public void allThatWereReplacedAreFree() {
            for (int i = 0; i < installed; i++) {
                boolean alive = all[i].blocks()[0].codes().scope().isAlive();
                if (alive != (i == installed - 1)) {
                    throw new IllegalStateException("Codes are freed too early or never, place=" + i);
                }
            }
            index.close();
        }
    }

    /** Rows and the count that the writer publishes. Right is that every row below the count is whole. */
    public static final class PublishedRows {
        /** Few, so that no loop looks to the model checker as if it had no end. */
        private static final int COMPONENTS = 4;

        private final VectorRows rows = new VectorRows(COMPONENTS);
        private final AtomicInteger published = new AtomicInteger();

        @Operation(nonParallelGroup = "writer")
        public void append() {
            float[] row = new float[COMPONENTS];
            Arrays.fill(row, rows.rowCount() + 1);
            var _ = rows.append(row);
            published.set(rows.rowCount());
        }

        @Operation
        public boolean seesARowThatIsNotWhole() {
            int count = published.get();
            float[] row = new float[COMPONENTS];
            for (int i = 0; i < count; i++) {
                rows.copyRow(i, row);
                for (float value : row) {
                    if (value != i + 1) {
                        return true;
                    }
                }
            }
            return false;
        }
    }
}
