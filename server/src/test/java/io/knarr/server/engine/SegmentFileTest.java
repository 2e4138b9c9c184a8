package io.knarr.server.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read is what was written, or a failure that says so. */
class SegmentFileTest {
    private static final int CHUNK = MappedSection.CHUNK_BYTES;

    @TempDir
    private Path directory;

    private static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void section(SegmentWriter writer, String name, byte[] bytes) throws IOException {
        writer.begin(name);
        writer.write(MemorySegment.ofArray(bytes));
    }

    private Path written(byte[]... sections) throws IOException {
        Path path = directory.resolve("a.seg");
        try (SegmentWriter writer = SegmentWriter.create(path)) {
            for (int i = 0; i < sections.length; i++) {
                section(writer, "s" + i, sections[i]);
            }
            writer.commit();
        }
        return path;
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    private static SegmentException.Kind failure(Path path) {
        SegmentException[] failure = new SegmentException[1];
        assertThatExceptionOfType(SegmentException.class)
                .isThrownBy(() -> {
                    try (SegmentFile file = SegmentFile.open(path)) {
                        file.byteSize();
                    }
                })
                .satisfies(e -> failure[0] = e);
        return failure[0].kind();
    }

    @Test
    void givesBackSectionsOfEverySize() throws IOException {
        List<Integer> sizes = List.of(0, 1, 4_095, 4_096, 4_097, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5);
        byte[][] sections = sizes.stream().map(size -> random(size, size)).toArray(byte[][]::new);

        try (SegmentFile file = SegmentFile.open(written(sections))) {
            for (int i = 0; i < sections.length; i++) {
                assertThat(bytes(file.read("s" + i))).isEqualTo(sections[i]);
                assertThat(file.map("s" + i).memory().address() % SegmentFile.PAGE_BYTES)
                        .isZero();
            }
            assertThat(file.has("s0")).isTrue();
            assertThat(file.has("s99")).isFalse();
            assertThatThrownBy(() -> file.map("s99")).isInstanceOf(SegmentException.class);
        }
    }

    @Test
    void whatIsWrittenInPiecesIsOneSection() throws IOException {
        byte[] whole = random(2 * CHUNK + 77, 1);
        Path path = directory.resolve("pieces.seg");
        try (SegmentWriter writer = SegmentWriter.create(path)) {
            writer.begin("s");
            for (int from = 0; from < whole.length; from += 1_001) {
                writer.write(
                        MemorySegment.ofArray(Arrays.copyOfRange(whole, from, Math.min(whole.length, from + 1_001))));
            }
            writer.commit();
        }

        try (SegmentFile file = SegmentFile.open(path)) {
            assertThat(bytes(file.read("s"))).isEqualTo(whole);
        }
    }

    @Test
    void everyFlippedBitIsFoundOrMeansNothing() throws IOException {
        byte[] first = random(300, 1);
        byte[] second = random(CHUNK + 300, 2);
        Path path = written(first, second);
        byte[] good = Files.readAllBytes(path);
        Random random = new Random(3);
        int header = 48;
        int firstAt = SegmentFile.PAGE_BYTES;
        int secondAt = firstAt + SegmentFile.PAGE_BYTES;
        int directoryAt = secondAt + second.length;

        for (int round = 0; round < 400; round++) {
            byte[] bad = good.clone();
            int bit =
                    switch (round % 4) {
                        case 0 -> random.nextInt(header * 8);
                        case 1 -> firstAt * 8 + random.nextInt(first.length * 8);
                        case 2 -> secondAt * 8 + random.nextInt(second.length * 8);
                        default -> directoryAt * 8 + random.nextInt((good.length - directoryAt) * 8);
                    };
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(path, bad);

            assertThatThrownBy(() -> {
                        try (SegmentFile file = SegmentFile.open(path)) {
                            file.read("s0");
                            file.read("s1");
                        }
                    })
                    .as("bit %d", bit)
                    .isInstanceOf(SegmentException.class);
        }
    }

    @Test
    void aDamagedChunkIsFoundWhenItIsUsedAndTheOthersServe() throws IOException {
        byte[] section = random(3 * CHUNK, 1);
        Path path = written(section);
        byte[] bad = Files.readAllBytes(path);
        bad[SegmentFile.PAGE_BYTES + CHUNK + 10] ^= 1;
        Files.write(path, bad);

        try (SegmentFile file = SegmentFile.open(path)) {
            MappedSection mapped = file.map("s0");
            assertThat(bytes(mapped.slice(0, CHUNK))).isEqualTo(Arrays.copyOf(section, CHUNK));
            assertThat(mapped.slice(2L * CHUNK, CHUNK).byteSize()).isEqualTo(CHUNK);
            assertThatThrownBy(() -> mapped.slice(CHUNK - 1, 2)).isInstanceOf(SegmentException.class);
            assertThatThrownBy(() -> mapped.slice(CHUNK, 1)).isInstanceOf(SegmentException.class);
            assertThatThrownBy(() -> mapped.slice(3L * CHUNK, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void everyShorterFileIsRefused() throws IOException {
        Path path = written(random(5_000, 1));
        byte[] good = Files.readAllBytes(path);
        for (int length : new int[] {0, 1, 47, 48, 4_095, 4_096, 8_192, good.length - 1}) {
            Files.write(path, Arrays.copyOf(good, length));
            assertThat(failure(path)).as("length %d", length).isEqualTo(SegmentException.Kind.DAMAGED);
        }
        Files.write(path, Arrays.copyOf(good, good.length + 1));
        assertThat(failure(path)).isEqualTo(SegmentException.Kind.DAMAGED);
        Files.write(path, new byte[good.length]);
        assertThat(failure(path)).isEqualTo(SegmentException.Kind.DAMAGED);
    }

    @Test
    void anotherVersionIsNamedAsSuch() throws IOException {
        Path path = written(random(10, 1));
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(8, 2);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, 44);
        header.putInt(44, (int) crc.getValue());
        Files.write(path, bytes);

        assertThat(failure(path)).isEqualTo(SegmentException.Kind.OTHER_VERSION);
    }

    @Test
    void noFileIsNoFile() {
        assertThatThrownBy(() -> SegmentFile.open(directory.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFileThatIsNotCommittedLeavesTheOneBeforeAndNothingElse() throws IOException {
        byte[] before = random(100, 1);
        Path path = written(before);
        try (SegmentWriter writer = SegmentWriter.create(path)) {
            section(writer, "s0", random(100, 2));
        }

        try (SegmentFile file = SegmentFile.open(path)) {
            assertThat(bytes(file.read("s0"))).isEqualTo(before);
        }
        try (var entries = Files.list(directory)) {
            assertThat(entries).containsExactly(path);
        }
    }

    @Test
    void anOpenFileOutlivesItsReplacement() throws IOException {
        byte[] before = random(100, 1);
        byte[] after = random(100, 2);
        try (SegmentFile old = SegmentFile.open(written(before));
                SegmentFile young = SegmentFile.open(written(after))) {
            assertThat(bytes(old.read("s0"))).isEqualTo(before);
            assertThat(bytes(young.read("s0"))).isEqualTo(after);
        }
    }

    @Test
    void namesAreUniqueAndSectionsBegin() throws IOException {
        try (SegmentWriter writer = SegmentWriter.create(directory.resolve("x"))) {
            assertThatThrownBy(() -> writer.write(MemorySegment.ofArray(new byte[1])))
                    .isInstanceOf(IllegalStateException.class);
            section(writer, "s", "a".getBytes(UTF_8));
            assertThatThrownBy(() -> writer.begin("s")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anIndexGoesOnWhereItsFileEnds() throws IOException {
        int dimension = 100;
        Random random = new Random(5);
        Path path = directory.resolve("v.seg");
        float[][] vectors = new float[900][];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                vectors[i][j] = random.nextFloat() - 0.5f;
            }
        }
        try (VectorIndex plain = new VectorIndex(dimension, Similarity.DOT)) {
            for (int i = 0; i < 700; i++) {
                plain.append(vectors[i]);
            }
            try (SegmentWriter writer = SegmentWriter.create(path)) {
                plain.writeSections(writer, "v0.", 600);
                writer.commit();
            }
            try (SegmentFile file = SegmentFile.open(path);
                    VectorIndex mapped = VectorIndex.open(dimension, Similarity.DOT, file, "v0.", 600)) {
                for (int i = 600; i < 700; i++) {
                    assertThat(mapped.append(vectors[i])).isEqualTo(i);
                }
                VectorQuery query = VectorQuery.of(vectors[800], 700, 20);
                SearchOutcome expected = plain.search(query);
                SearchOutcome actual = mapped.search(query);
                for (int rank = 0; rank < 20; rank++) {
                    assertThat(actual.row(rank)).isEqualTo(expected.row(rank));
                    assertThat(actual.score(rank)).isEqualTo(expected.score(rank));
                }
                assertThat(mapped.footprint().mapped()).isEqualTo(600L * dimension * Float.BYTES);
                assertThat(mapped.footprint().residentBytes())
                        .isLessThan(plain.footprint().residentBytes());
            }
        }
    }

    @Test
    void aDamagedRowIsNeverScored() throws IOException {
        Path path = directory.resolve("v.seg");
        try (VectorIndex plain = new VectorIndex(4, Similarity.DOT);
                SegmentWriter writer = SegmentWriter.create(path)) {
            for (int i = 0; i < 10; i++) {
                plain.append(new float[] {i, 1, 2, 3});
            }
            plain.writeSections(writer, "", 10);
            writer.commit();
        }
        byte[] bytes = Files.readAllBytes(path);
        bytes[2 * SegmentFile.PAGE_BYTES + 9 * 16] ^= 1;
        Files.write(path, bytes);

        try (SegmentFile file = SegmentFile.open(path);
                VectorIndex mapped = VectorIndex.open(4, Similarity.DOT, file, "", 10)) {
            VectorQuery query = VectorQuery.of(new float[4], 10, 3);
            assertThatThrownBy(() -> mapped.search(query)).isInstanceOf(SegmentException.class);
            assertThatThrownBy(() -> mapped.copyRow(0, new float[4])).isInstanceOf(SegmentException.class);
            assertThatThrownBy(() -> VectorIndex.open(4, Similarity.DOT, file, "", 11))
                    .isInstanceOf(SegmentException.class);
        }
    }
}
