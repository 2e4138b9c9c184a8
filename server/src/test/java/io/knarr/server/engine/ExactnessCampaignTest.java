package io.knarr.server.engine;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.engine.kernel.DistanceKernels;
import io.knarr.server.engine.kernel.VectorBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random queries over many sets of vectors and all metrics: EXACT and STRICT answers must be those of brute force in double precision,
 * rows and scores. Prints, for each set, the misses and by how many deviations the estimate of a true neighbour was ever too low.
 *
 * <p>The short form runs with all tests. The long form, some minutes on two cores:
 *
 * <pre>
 * JAVA_TOOL_OPTIONS=-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0 mvn -pl server -am test -Dtest=ExactnessCampaignTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dknarr.exactness.queries=100000 -Dknarr.exactness.vectors=DIRECTORY
 * </pre>
 *
 * <p>The directory is optional: of each file {@code NAME-DIMENSION.base.f32} (float32, little-endian) the first rows are searched with
 * the vectors of {@code NAME-DIMENSION.queries.f32} as well.
 */
final class ExactnessCampaignTest {
    private static final int QUERIES = Integer.getInteger("knarr.exactness.queries", 800);
    private static final boolean LONG = QUERIES >= 10_000;
    private static final int SHORT_ROWS = 4_500;
    private static final int FILE_ROWS = 50_000;
    private static final int[] LIMITS = {1, 10, 10, 100};
    private static final Pattern FILE = Pattern.compile("(.+-(\\d+))\\.base\\.f32");

    /** What is searched, and what queries are made of. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Data(String name, int dimension, float[][] rows, float[][] queries) {}

    private record Made(VectorSet set, int dimension, int rows) {
        Data data() {
            int count = LONG ? rows : Math.min(rows, SHORT_ROWS);
            String name = set.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-" + dimension;
            return new Data(
                    name,
                    dimension,
                    set.vectors(dimension, count, 1, 2),
                    set.vectors(dimension, LONG ? 700 : 10, 1, 3));
        }
    }

    private static final List<Made> MADE = List.of(
            new Made(VectorSet.NORMAL, 16, 20_000),
            new Made(VectorSet.NORMAL, 64, 50_000),
            new Made(VectorSet.NORMAL, 1_536, 10_000),
            new Made(VectorSet.UNIT_LENGTH, 100, 40_000),
            new Made(VectorSet.UNIT_LENGTH, 384, 30_000),
            new Made(VectorSet.CLUSTERED, 64, 30_000),
            new Made(VectorSet.CLUSTERED, 384, 20_000),
            new Made(VectorSet.CLUSTERED, 768, 15_000),
            new Made(VectorSet.NARROW_CONE, 384, 20_000),
            new Made(VectorSet.DECAYING, 128, 30_000),
            new Made(VectorSet.DECAYING, 1_536, 10_000),
            new Made(VectorSet.LOW_RANK, 256, 20_000),
            new Made(VectorSet.SPARSE, 300, 20_000),
            new Made(VectorSet.DUPLICATES, 96, 10_000),
            new Made(VectorSet.LAST_BIT, 128, 10_000),
            new Made(VectorSet.WHOLE_NUMBERS, 48, 30_000),
            new Made(VectorSet.ONE_HOT, 200, 20_000),
            new Made(VectorSet.ANTIPODES, 448, 10_000),
            new Made(VectorSet.MULTIPLES, 192, 20_000),
            new Made(VectorSet.FAR_FROM_THE_ORIGIN, 320, 15_000),
            new Made(VectorSet.TINY_BESIDE_LARGE, 64, 10_000),
            new Made(VectorSet.NORMS_FROM_TINY_TO_HUGE, 128, 10_000),
            new Made(VectorSet.ONE_HUGE, 128, 20_000));

    @Test
    void answersAreThoseOfBruteForce() throws IOException, InterruptedException {
        List<Path> files = files();
        int shapes = (MADE.size() + files.size()) * Similarity.values().length;
        int queriesOfShape = Math.ceilDiv(QUERIES, shapes);
        Tally all = new Tally();
        for (int i = 0; i < MADE.size() + files.size(); i++) {
            Data data = i < MADE.size() ? MADE.get(i).data() : read(files.get(i - MADE.size()));
            for (Similarity similarity : Similarity.values()) {
                try (Campaign campaign = new Campaign(data, similarity)) {
                    Tally tally = campaign.run(queriesOfShape);
                    System.out.printf(
                            Locale.ROOT,
                            "%-30s %-14s rows %6d %s%n",
                            data.name(),
                            similarity,
                            data.rows().length,
                            tally);
                    all.add(tally);
                }
            }
        }
        System.out.println("all " + all);
        assertThat(all.misses).isZero();
    }

    private static List<Path> files() throws IOException {
        String directory = System.getProperty("knarr.exactness.vectors");
        if (directory == null) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(Path.of(directory))) {
            return all.filter(
                            path -> FILE.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    private static Data read(Path base) {
        Matcher name = FILE.matcher(base.getFileName().toString());
        assertThat(name.matches()).isTrue();
        int dimension = Integer.parseInt(name.group(2));
        return new Data(
                name.group(1),
                dimension,
                read(base, dimension, LONG ? FILE_ROWS : SHORT_ROWS),
                read(base.resolveSibling(name.group(1) + ".queries.f32"), dimension, 2_000));
    }

    private static float[][] read(Path file, int dimension, int most) {
        try (FileChannel channel = FileChannel.open(file)) {
            long rowBytes = (long) dimension * Float.BYTES;
            int count = (int) Math.min(most, channel.size() / rowBytes);
            FloatBuffer floats = channel.map(MapMode.READ_ONLY, 0, count * rowBytes)
                    .order(LITTLE_ENDIAN)
                    .asFloatBuffer();
            float[][] rows = new float[count][dimension];
            for (float[] row : rows) {
                floats.get(row);
            }
            return rows;
        } catch (IOException exception) {
            throw new UncheckedIOException("vectors cannot be read", exception);
        }
    }

    /** What was seen. Not safe for more than one thread. */
    private static final class Tally {
        int queries;
        int misses;
        int bySigns;
        long neighbours;
        double errors;
        double squares;
        double greatest;

        synchronized void add(Tally other) {
            queries += other.queries;
            misses += other.misses;
            bySigns += other.bySigns;
            neighbours += other.neighbours;
            errors += other.errors;
            squares += other.squares;
            greatest = Math.max(greatest, other.greatest);
        }

        void addNeighbour(double error) {
            neighbours++;
            errors += error;
            squares += error * error;
            greatest = Math.max(greatest, error);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "queries %6d misses %d; by signs %6d: neighbours %8d error in deviations mean %6.3f square %5.3f greatest %4.2f",
                    queries,
                    misses,
                    bySigns,
                    neighbours,
                    errors / Math.max(1, neighbours),
                    squares / Math.max(1, neighbours),
                    greatest);
        }
    }

    /** One set and one metric, searched by some threads. */
    private static final class Campaign implements AutoCloseable {
        private final Data data;
        private final Similarity similarity;
        private final VectorIndex index;
        private final float[][] rows;
        private final double[] norms;
        private final Arena arena = Arena.ofShared();
        private final VectorBlock block;
        private final int[] numbers;
        private final Centre centre;

        Campaign(Data data, Similarity similarity) {
            this.data = data;
            this.similarity = similarity;
            this.rows = data.rows();
            this.index = new VectorIndex(data.dimension(), similarity);
            this.norms = new double[rows.length];
            this.block = VectorBlock.allocate(arena, data.dimension(), rows.length);
            this.numbers = IntStream.range(0, rows.length).toArray();
            try (VectorRows first = new VectorRows(data.dimension())) {
                for (int row = 0; row < rows.length; row++) {
                    index.append(rows[row]);
                    block.write(row, rows[row]);
                    norms[row] = Bounds.norm(rows[row]);
                    if (row < VectorIndex.CODES_FROM_ROWS) {
                        first.append(rows[row]);
                    }
                }
                this.centre = Centre.ofMean(first, first.rowCount());
            }
        }

        /** Asks one half of the queries of codes alone, and the other where there is a graph, with which the exact search begins. */
        Tally run(int queries) throws InterruptedException {
            Tally all = new Tally();
            run(0, queries / 2, all);
            var _ = index.buildGraph(GraphMode.FAST, 2, StopSignal.NEVER);
            run(queries / 2, queries, all);
            return all;
        }

        private void run(int from, int to, Tally all) throws InterruptedException {
            AtomicInteger next = new AtomicInteger(from);
            int before = all.queries;
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    Worker worker = new Worker();
                    for (int query = next.getAndIncrement(); query < to; query = next.getAndIncrement()) {
                        worker.search(query);
                    }
                    all.add(worker.tally);
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            // A thread that died has left its queries out, and a miss is no worse than that.
            all.misses += to - from - (all.queries - before);
        }

        @Override
        public void close() {
            index.close();
            arena.close();
        }

        private final class Worker {
            private final Tally tally = new Tally();
            private final float[] scores = new float[rows.length];
            private final double[] lowest = new double[rows.length];
            private final double[] highest = new double[rows.length];

            void search(int number) {
                Random random = new Random(number);
                float[] query = query(number, random);
                int limit = LIMITS[random.nextInt(LIMITS.length)];
                VectorQuery asked = VectorQuery.of(query, rows.length, limit);
                long @Nullable [] mask = null;
                if (number % 4 == 3) {
                    mask = mask(random);
                    int bits = Arrays.stream(mask).mapToInt(Long::bitCount).sum();
                    asked = asked.withMask(mask, bits);
                }
                double[] keys = new double[limit];
                int[] expected = brute(query, limit, mask, keys);
                tally.queries++;
                boolean right = true;
                for (Accuracy accuracy : List.of(Accuracy.EXACT, Accuracy.STRICT)) {
                    SearchOutcome outcome = index.search(asked.withAccuracy(accuracy));
                    right &= isRight(outcome, expected, keys);
                    if (outcome.plan().equals("exact-estimated")) {
                        tally.bySigns++;
                        measure(query, expected);
                    }
                }
                if (!right) {
                    tally.misses++;
                    System.out.println("MISS " + data.name() + " " + similarity + " query " + number);
                }
            }

            /** Queries like the rows, rows themselves, rows with a little noise, and scaled ones. */
            private float[] query(int number, Random random) {
                float[][] made = data.queries();
                float[] query = (number % 5 < 3 ? made[random.nextInt(made.length)] : rows[random.nextInt(rows.length)])
                        .clone();
                float factor = number % 7 == 0 ? (float) Math.pow(10, random.nextInt(9) - 4) : 1;
                double noise = number % 5 == 4 || number >= made.length
                        ? 0.02 * Bounds.norm(query) / Math.sqrt(query.length)
                        : 0;
                for (int i = 0; i < query.length; i++) {
                    query[i] = (float) Math.clamp(
                            factor * (query[i] + noise * random.nextGaussian()), -Float.MAX_VALUE, Float.MAX_VALUE);
                }
                return query;
            }

            private long[] mask(Random random) {
                double share = random.nextBoolean() ? 0.9 : 0.02;
                long[] mask = new long[Math.ceilDiv(rows.length, Long.SIZE)];
                for (int row = 0; row < rows.length; row++) {
                    if (random.nextDouble() < share) {
                        mask[row >>> 6] |= 1L << row;
                    }
                }
                return mask;
            }

            /** Returns the nearest rows in double precision; float32 leaves out only those that cannot be among them. */
            private int[] brute(float[] query, int limit, long @Nullable [] mask, double[] keys) {
                score(query);
                double length = Bounds.norm(query);
                double rounding = 1.2 * (query.length + 8) * 0x1p-24;
                int count = 0;
                for (int row = 0; row < rows.length; row++) {
                    double key = PreciseScore.key(similarity, scores[row]);
                    double error = rounding * (similarity == Similarity.DOT ? length * norms[row] : 1.1 * Math.abs(key))
                            + 0x1p-120;
                    boolean known = Double.isFinite(key);
                    boolean allowed = mask == null || (mask[row >>> 6] & (1L << row)) != 0;
                    highest[row] = !allowed ? Double.NaN : known ? key + error : Double.POSITIVE_INFINITY;
                    if (allowed) {
                        lowest[count++] = known ? error - key : Double.POSITIVE_INFINITY;
                    }
                }
                Arrays.sort(lowest, 0, count);
                double reach = count < limit ? Double.NEGATIVE_INFINITY : -lowest[limit - 1];
                int[] candidates = IntStream.of(numbers)
                        .filter(row -> highest[row] >= reach)
                        .toArray();
                return rank(query, candidates, limit, keys);
            }

            private int[] rank(float[] query, int[] candidates, int limit, double[] keys) {
                double[] exact = IntStream.of(candidates)
                        .mapToDouble(row -> PreciseScore.key(similarity, PreciseScore.of(similarity, query, rows[row])))
                        .toArray();
                Comparator<Integer> byKey = Comparator.comparingDouble(i -> -exact[i]);
                int[] order = IntStream.range(0, candidates.length)
                        .boxed()
                        .sorted(byKey.thenComparing(Comparator.naturalOrder()))
                        .limit(limit)
                        .mapToInt(Integer::intValue)
                        .toArray();
                for (int rank = 0; rank < order.length; rank++) {
                    keys[rank] = exact[order[rank]];
                }
                return IntStream.of(order).map(i -> candidates[i]).toArray();
            }

            private void score(float[] query) {
                switch (similarity) {
                    case DOT -> DistanceKernels.selected().dot(query, block, numbers, rows.length, scores);
                    case SQUARED_EUCLID ->
                        DistanceKernels.selected().squaredDistance(query, block, numbers, rows.length, scores);
                    case MANHATTAN ->
                        DistanceKernels.selected().manhattanDistance(query, block, numbers, rows.length, scores);
                }
            }

            private boolean isRight(SearchOutcome outcome, int[] expected, double[] keys) {
                boolean right = outcome.size() == expected.length && outcome.exact();
                for (int rank = 0; right && rank < expected.length; rank++) {
                    right = outcome.row(rank) == expected[rank]
                            && outcome.score(rank) == PreciseScore.score(similarity, keys[rank]);
                }
                return right;
            }

            /** Looks at how far below the truth the estimates of the neighbours were, in the least deviations that any threshold would allow. */
            private void measure(float[] query, int[] neighbours) {
                if (neighbours.length == 0) {
                    return;
                }
                float[][] vectors =
                        IntStream.of(neighbours).mapToObj(row -> rows[row]).toArray(float[][]::new);
                try (CodedVectors coded = new CodedVectors(similarity, centre, vectors)) {
                    if (!coded.prepare(query)) {
                        return;
                    }
                    for (int rank = 0; rank < vectors.length; rank++) {
                        CodedVectors.Estimates estimates = coded.estimates(rank);
                        double deviation = coded.deviationWhereItBelongs(query, vectors[rank], estimates);
                        if (deviation > 0 && Double.isFinite(deviation)) {
                            tally.addNeighbour((coded.key(query, vectors[rank]) - estimates.bySigns()) / deviation);
                        }
                    }
                }
            }
        }
    }
}
