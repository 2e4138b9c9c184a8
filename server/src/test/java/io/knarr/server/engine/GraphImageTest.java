package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A graph written to a file and opened again: it answers at once, in its fast form later, and never from damaged lists. */
final class GraphImageTest {
    private static final int DIMENSION = 64;
    private static final int LIMIT = 10;
    private static final String PREFIX = "v0.";

    @TempDir
    private Path directory;

    private final Random random = new Random(21);
    private final float[][] centres = new float[60][DIMENSION];

    GraphImageTest() {
        for (float[] centre : centres) {
            for (int i = 0; i < DIMENSION; i++) {
                centre[i] = (float) random.nextGaussian();
            }
        }
    }

    /** Counts beside multiples of sixteen: the last few rows have no codes in the file, and are scanned. */
    @ParameterizedTest
    @CsvSource({"DOT, FAST, 3000", "DOT, COMPACT, 3011", "SQUARED_EUCLID, FAST, 3015", "SQUARED_EUCLID, COMPACT, 3008"})
    void answersByTheGraphAtOnceAndByItsFastFormLater(Similarity similarity, GraphMode mode, int count)
            throws IOException {
        Path file = directory.resolve("index");
        double before;
        float[][] queries = vectors(60);
        try (VectorIndex built = index(similarity, count)) {
            assertThat(built.buildGraph(mode, 2, StopSignal.NEVER)).isTrue();
            before = recall(built, queries);
            write(built, count, file);
        }
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, similarity, segment, PREFIX, count)) {
            assertThat(opened.graphMode()).isEqualTo(GraphMode.COMPACT);
            assertThat(opened.linkedRowCount()).isEqualTo(count / 16 * 16);
            assertThat(opened.search(near(queries[0], count)).plan()).isEqualTo("graph-compact");
            assertThat(recall(opened, queries)).isGreaterThan(0.97).isGreaterThan(before - 0.02);
            long resident = opened.footprint().residentBytes();
            assertThat(opened.footprint().graph()).isGreaterThanOrEqualTo(count / 16 * 16L * GraphLayout.LIST_BYTES);

            assertThat(opened.makeGraphFast(2, () -> true)).isFalse();
            assertThat(opened.footprint().residentBytes()).isEqualTo(resident);
            assertThat(opened.makeGraphFast(2, StopSignal.NEVER)).isTrue();
            assertThat(opened.graphMode()).isEqualTo(GraphMode.FAST);
            assertThat(opened.search(near(queries[0], count)).plan()).isEqualTo("graph-fast");
            assertThat(recall(opened, queries)).isGreaterThan(0.97).isGreaterThan(before - 0.02);
            assertThat(opened.footprint().residentBytes()).isGreaterThan(resident);
        }
    }

    @Test
    void blocksMadeOfAFileAreThoseOfTheBuild() throws IOException {
        int count = 2_000;
        Path file = directory.resolve("index");
        try (VectorIndex built = index(Similarity.DOT, count)) {
            assertThat(built.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            write(built, count, file);
            try (SegmentFile segment = SegmentFile.open(file);
                    VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, count)) {
                assertThat(opened.makeGraphFast(1, StopSignal.NEVER)).isTrue();
                for (float[] query : vectors(40)) {
                    SearchOutcome wanted = built.search(near(query, count));
                    SearchOutcome found = opened.search(near(query, count));
                    assertThat(found.plan()).isEqualTo(wanted.plan());
                    for (int rank = 0; rank < LIMIT; rank++) {
                        assertThat(found.row(rank)).isEqualTo(wanted.row(rank));
                    }
                }
            }
        }
    }

    @Test
    void rowsAppendedAfterOpeningAreFoundAndWrittenAgain() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        try (VectorIndex built = index(Similarity.DOT, 2_005)) {
            assertThat(built.buildGraph(GraphMode.COMPACT, 2, StopSignal.NEVER)).isTrue();
            write(built, 2_005, first);
        }
        try (SegmentFile segment = SegmentFile.open(first);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, 2_005)) {
            requireAppendedAreFound(opened, 200);
            assertThat(opened.makeGraphFast(2, StopSignal.NEVER)).isTrue();
            requireAppendedAreFound(opened, 200);
            write(opened, 2_405, second);
        }
        try (SegmentFile segment = SegmentFile.open(second);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, 2_405)) {
            assertThat(opened.linkedRowCount()).isEqualTo(2_000);
            assertThat(recall(opened, vectors(40))).isGreaterThan(0.97);
            requireAppendedAreFound(opened, 20);
        }
    }

    @Test
    void aNewerGraphIsNotReplacedByTheFastFormOfAnOlderOne() throws IOException {
        Path file = directory.resolve("index");
        byte[] unchanged = lists(2_000, file);
        assertThat(unchanged).hasSize(2_000 * 128);
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, 2_000)) {
            requireAppendedAreFound(opened, 32);
            AtomicBoolean isBuilt = new AtomicBoolean();
            // The signal is looked at while blocks are made: another build overtakes it there.
            StopSignal overtaken = () -> {
                if (isBuilt.compareAndSet(false, true)) {
                    assertThat(opened.buildGraph(GraphMode.COMPACT, 1, StopSignal.NEVER))
                            .isTrue();
                }
                return false;
            };
            assertThat(opened.makeGraphFast(1, overtaken)).isFalse();
            assertThat(opened.linkedRowCount()).isEqualTo(2_032);
            assertThat(opened.graphMode()).isEqualTo(GraphMode.COMPACT);
            assertThat(recall(opened, vectors(20))).isGreaterThan(0.95);
        }
    }

    @Test
    void anImageOfFewerRowsThanTheGraphLinksNoOthers() throws IOException {
        Path file = directory.resolve("index");
        try (VectorIndex built = index(Similarity.DOT, 2_500)) {
            assertThat(built.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER)).isTrue();
            write(built, 2_400, file);
        }
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, 2_400)) {
            assertThat(opened.linkedRowCount()).isEqualTo(2_400);
            assertThat(recall(opened, vectors(40))).isGreaterThan(0.95);
        }
    }

    @Test
    void aDamagedListIsFoundBeforeItIsFollowed() throws IOException {
        int count = 2_000;
        Path file = directory.resolve("index");
        byte[] lists = lists(count, file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[find(bytes, lists) + 700] ^= 4;
        Files.write(file, bytes);

        requireDamaged(file, count);
    }

    /** Every checksum is right here: the file was made by somebody who means harm, or by a mistake. */
    @ParameterizedTest
    @CsvSource({"2000", "2147483647", "-2", "-2147483648"})
    void aListThatNamesNoLinkedRowIsNotFollowed(int neighbour) throws IOException {
        int count = 2_000;
        Path file = directory.resolve("index");
        byte[] lists = lists(count, file);
        MemorySegment.ofArray(lists).set(ValueLayout.JAVA_INT_UNALIGNED, 128L * 3, neighbour);
        rewrite(file, count, Map.of(PREFIX + "graph-lists", lists));

        requireDamaged(file, count);
    }

    @ParameterizedTest
    @CsvSource({"31, 2000, 2000", "32, 0, 0", "32, -5, 0", "32, 2016, 2016", "32, 2000, 1999"})
    void aGraphThatDoesNotFitItsCodesIsNotOpened(int degree, int linked, int listCount) throws IOException {
        int count = 2_000;
        Path file = directory.resolve("index");
        byte[] unchanged = lists(count, file);
        assertThat(unchanged).hasSize(count * 128);
        byte[] head = new byte[8];
        MemorySegment.copy(MemorySegment.ofArray(new int[] {degree, linked}), 0, MemorySegment.ofArray(head), 0, 8);
        byte[] emptyLists = new byte[listCount * 128];
        Arrays.fill(emptyLists, (byte) -1);
        rewrite(file, count, Map.of(PREFIX + "graph", head, PREFIX + "graph-lists", emptyLists));

        try (SegmentFile segment = SegmentFile.open(file)) {
            assertThatThrownBy(() -> VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, count))
                    .isInstanceOf(SegmentException.class);
        }
    }

    /** Codes of a file are verified on the graph's way, too. */
    @Test
    void aDamagedCodeIsFoundBeforeItIsCompared() throws IOException {
        int count = 2_000;
        Path file = directory.resolve("index");
        byte[] unchanged = lists(count, file);
        assertThat(unchanged).hasSize(count * 128);
        byte[] codes;
        try (SegmentFile segment = SegmentFile.open(file)) {
            codes = segment.read(PREFIX + "codes").toArray(ValueLayout.JAVA_BYTE);
        }
        byte[] bytes = Files.readAllBytes(file);
        int at = find(bytes, codes);
        for (int chunk = 0; chunk < codes.length; chunk += MappedSection.CHUNK_BYTES) {
            bytes[at + chunk] ^= 1;
        }
        Files.write(file, bytes);

        requireDamaged(file, count);
    }

    private void requireDamaged(Path file, int count) throws IOException {
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, count)) {
            assertThatThrownBy(() -> {
                        for (float[] query : vectors(30)) {
                            var _ = opened.search(near(query, count));
                        }
                    })
                    .isInstanceOf(SegmentException.class);
            assertThatThrownBy(() -> opened.makeGraphFast(2, StopSignal.NEVER)).isInstanceOf(SegmentException.class);
            assertThat(opened.graphMode()).isEqualTo(GraphMode.COMPACT);
        }
    }

    /** Writes an index with a graph and returns its lists of neighbours. */
    private byte[] lists(int count, Path file) throws IOException {
        try (VectorIndex built = index(Similarity.DOT, count)) {
            assertThat(built.buildGraph(GraphMode.COMPACT, 2, StopSignal.NEVER)).isTrue();
            write(built, count, file);
        }
        try (SegmentFile segment = SegmentFile.open(file)) {
            return segment.read(PREFIX + "graph-lists").toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Writes a file again with other bytes in some sections, and checksums to match. */
    private void rewrite(Path file, int count, Map<String, byte[]> sections) throws IOException {
        Path other = directory.resolve("other");
        try (SegmentFile segment = SegmentFile.open(file);
                VectorIndex opened = VectorIndex.open(DIMENSION, Similarity.DOT, segment, PREFIX, count);
                SegmentWriter writer = SegmentWriter.create(other)) {
            opened.writeSections(new Replacing(writer, sections), PREFIX, count);
            writer.commit();
        }
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes other bytes in the place of some sections'. */
    private static final class Replacing implements SectionSink {
        private final SectionSink sink;
        private final Map<String, byte[]> sections;
        private boolean isReplaced;

        Replacing(SectionSink sink, Map<String, byte[]> sections) {
            this.sink = sink;
            this.sections = sections;
        }

        @Override
        public void begin(String name) throws IOException {
            sink.begin(name);
            byte[] bytes = sections.get(name);
            isReplaced = bytes != null;
            if (bytes != null) {
                sink.write(MemorySegment.ofArray(bytes));
            }
        }

        @Override
        public void write(MemorySegment written) throws IOException {
            if (!isReplaced) {
                sink.write(written);
            }
        }
    }

    private static int find(byte[] bytes, byte[] part) {
        for (int at = 0; at <= bytes.length - part.length; at += SegmentFile.PAGE_BYTES) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("The file does not have the section");
    }

    private void requireAppendedAreFound(VectorIndex index, int count) {
        for (int i = 0; i < count; i++) {
            float[] vector = vector();
            int row = index.append(vector);
            SearchOutcome outcome = index.search(near(vector, row + 1));
            assertThat(outcome.plan()).startsWith("graph-");
            assertThat(outcome.row(0)).isEqualTo(row);
        }
    }

    private VectorIndex index(Similarity similarity, int count) {
        VectorIndex index = new VectorIndex(DIMENSION, similarity);
        for (int row = 0; row < count; row++) {
            index.append(vector());
        }
        return index;
    }

    private float[][] vectors(int count) {
        float[][] vectors = new float[count][];
        for (int i = 0; i < count; i++) {
            vectors[i] = vector();
        }
        return vectors;
    }

    private float[] vector() {
        float[] centre = centres[random.nextInt(centres.length)];
        float[] second = centres[random.nextInt(centres.length)];
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (centre[i] + 0.5 * second[i] + 0.6 * random.nextGaussian());
        }
        float norm = (float) Bounds.norm(vector);
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] /= norm;
        }
        return vector;
    }

    private static VectorQuery near(float[] query, int rows) {
        return VectorQuery.of(query, rows, LIMIT)
                .withAccuracy(Accuracy.APPROXIMATE)
                .withExactBudget(0);
    }

    private static double recall(VectorIndex index, float[][] queries) {
        int found = 0;
        for (float[] query : queries) {
            VectorQuery near = near(query, index.rowCount());
            Set<Integer> exact = rows(index.search(near.withAccuracy(Accuracy.STRICT)));
            exact.retainAll(rows(index.search(near)));
            found += exact.size();
        }
        return found / (double) (queries.length * LIMIT);
    }

    private static Set<Integer> rows(SearchOutcome outcome) {
        Set<Integer> rows = new HashSet<>();
        for (int rank = 0; rank < outcome.size(); rank++) {
            rows.add(outcome.row(rank));
        }
        return rows;
    }

    private static void write(VectorIndex index, int count, Path file) throws IOException {
        try (SegmentWriter writer = SegmentWriter.create(file)) {
            index.writeSections(writer, PREFIX, count);
            writer.commit();
        }
    }
}
