package io.knarr.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.github.jbellis.jvector.disk.RandomAccessReader;
import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.OnHeapGraphIndex;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.diversity.VamanaDiversityProvider;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene103.Lucene103Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Version;

/**
 * Drives a search library of the JVM, told what to do on standard input as {@code peers.py} is: {@code build},
 * {@code run PARAMETER FILE THREADS}, {@code quit}. Each is answered with one line of JSON. With {@code --keep} a built index is kept, and
 * used again for the same rows; its figures are those of its build.
 */
public final class JvmPeers {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final int[] BEAMS = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768};

    private JvmPeers() {}

    /** A library with the rows in it. */
    private interface Peer {
        String settings();

        String version();

        /** Builds the index; what of it is a file goes to the folder, which is there and empty. */
        void build(float[][] rows, int threads, Path folder) throws Exception;

        /** Takes an index that was built in that folder from the same rows. */
        void load(float[][] rows, Path folder) throws Exception;

        /** Returns the bytes of the index in that folder, rows included. */
        long bytes(Path folder) throws IOException;

        /** Returns something for one thread to search with. */
        Searcher searcher();
    }

    /** Answers queries, one after another. */
    private interface Searcher {
        /** Returns the rows found for a query, nearest first. */
        int[] search(float[] query, int k, int beam) throws Exception;
    }

    /** An index's folder, and whether it outlives this process. */
    private record Folder(Path path, boolean kept) {
        private static final String FIGURES = "built.properties";

        /** Returns where such an index is kept; without {@code --keep}, a folder that goes away at the end. */
        static Folder of(String name, Map<String, String> options) throws IOException {
            String keep = options.get("--keep");
            if (keep == null) {
                Path path = Files.createTempDirectory("knarr-" + name);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(path)));
                return new Folder(path, false);
            }
            Path vectors = Path.of(options.get("--vectors"));
            Path path = Path.of(
                    keep,
                    "%s-%s-%sx%s-%d-%d"
                            .formatted(
                                    name,
                                    options.get("--metric"),
                                    options.get("--rows"),
                                    options.get("--dim"),
                                    Files.size(vectors),
                                    Files.getLastModifiedTime(vectors).to(TimeUnit.SECONDS)));
            if (!Files.exists(path.resolve(FIGURES))) {
                delete(path); // what an interrupted build left
            }
            Files.createDirectories(path);
            return new Folder(path, true);
        }

        /** Returns the figures of the build that was kept here, and {@code null} if there is none. */
        Properties figures() throws IOException {
            if (!kept || !Files.exists(path.resolve(FIGURES))) {
                return null;
            }
            Properties figures = new Properties();
            try (Reader in = Files.newBufferedReader(path.resolve(FIGURES))) {
                figures.load(in);
            }
            return figures;
        }

        /** Writes the figures of a build; last, since their presence says that all of it is there. */
        void keep(Properties figures) throws IOException {
            if (kept) {
                try (Writer out = Files.newBufferedWriter(path.resolve(FIGURES))) {
                    figures.store(out, null);
                }
            }
        }

        private static void delete(Path path) {
            if (!Files.exists(path)) {
                return;
            }
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                System.err.println("Left behind: " + path + ", " + e.getMessage());
            }
        }
    }

    /** Reads orders until the input ends. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        String metric = options.get("--metric");
        int dimension = Integer.parseInt(options.get("--dim"));
        int k = Integer.parseInt(options.get("--k"));
        Peer peer =
                switch (arguments[0]) {
                    case "jvector" -> new JVector(metric);
                    case "lucene" -> new Lucene(
                            metric, new Lucene99HnswVectorsFormat(16, 200), "HNSW M 16, beam 200, float32, one segment");
                    case "lucene-int8" -> new Lucene(
                            metric,
                            new Lucene99HnswScalarQuantizedVectorsFormat(16, 200),
                            "HNSW M 16, beam 200, 7-bit scalar quantised, one segment");
                    default -> throw new IllegalArgumentException("There is no such peer: " + arguments[0]);
                };
        float[][] queries =
                read(options.get("--queries"), dimension, Integer.parseInt(options.get("--query-count")), metric);
        Folder folder = Folder.of(arguments[0], options);
        answer(
                "{\"event\":\"ready\",\"name\":\"%s\",\"version\":\"%s\",\"settings\":\"%s\",\"kernels\":\"Vector API, %d bits\",\"threaded\":true}",
                arguments[0],
                peer.version(),
                peer.settings(),
                FloatVector.SPECIES_PREFERRED.vectorBitSize());
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "build" -> {
                    float[][] rows =
                            read(options.get("--vectors"), dimension, Integer.parseInt(options.get("--rows")), metric);
                    build(peer, rows, Integer.parseInt(options.get("--threads")), k, folder);
                }
                case "run" -> {
                    int threads = Integer.parseInt(words[3]);
                    run(peer, queries, k, Integer.parseInt(words[1]), Path.of(words[2]), threads);
                }
                default -> {
                    return;
                }
            }
        }
    }

    private static void answer(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
        System.out.flush();
    }

    private static void build(Peer peer, float[][] rows, int threads, int k, Folder folder) throws Exception {
        Properties figures = folder.figures();
        if (figures == null) {
            long start = System.nanoTime();
            long cpu = SYSTEM.getProcessCpuTime();
            peer.build(rows, threads, folder.path());
            figures = new Properties();
            figures.setProperty("cpu_s", Double.toString((SYSTEM.getProcessCpuTime() - cpu) / 1e9));
            figures.setProperty("wall_s", Double.toString((System.nanoTime() - start) / 1e9));
            folder.keep(figures);
        } else {
            peer.load(rows, folder.path());
        }
        answer(
                "{\"event\":\"built\",\"rows\":%d,\"cpu_s\":%s,\"wall_s\":%s,\"bytes\":%d,\"parameters\":%s}",
                rows.length,
                figures.getProperty("cpu_s"),
                figures.getProperty("wall_s"),
                peer.bytes(folder.path()),
                Arrays.toString(IntStream.of(BEAMS).filter(beam -> beam >= k).toArray()));
    }

    /** Answers all queries, each thread its share. The compiler and the collector work beside them; their time is not counted. */
    private static void run(Peer peer, float[][] queries, int k, int beam, Path file, int threads) throws Exception {
        int[][] found = new int[queries.length][];
        long start = System.nanoTime();
        long cpuNanos = 0;
        if (threads == 1) {
            cpuNanos = share(peer, queries, k, beam, 0, 1, found);
        } else {
            try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
                List<Future<Long>> shares = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    int first = thread;
                    shares.add(workers.submit(() -> share(peer, queries, k, beam, first, threads, found)));
                }
                for (Future<Long> share : shares) {
                    cpuNanos += share.get();
                }
            }
        }
        long nanos = System.nanoTime() - start;
        ByteBuffer bytes = ByteBuffer.allocate(queries.length * k * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] rows : found) {
            for (int rank = 0; rank < k; rank++) {
                bytes.putInt(rank < rows.length ? rows[rank] : -1);
            }
        }
        Files.write(file, bytes.array());
        answer(
                "{\"event\":\"ran\",\"parameter\":%d,\"queries\":%d,\"cpu_s\":%f,\"wall_s\":%f}",
                beam, queries.length, cpuNanos / 1e9, nanos / 1e9);
    }

    /** Answers every {@code step}-th query on this thread, and returns the processor time it took. */
    private static long share(Peer peer, float[][] queries, int k, int beam, int first, int step, int[][] found)
            throws Exception {
        Searcher searcher = peer.searcher();
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = first; i < queries.length; i += step) {
            found[i] = searcher.search(queries[i], k, beam);
        }
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
    }

    /** Reads the first rows of a file, scaled to unit length if they are compared by cosine. */
    private static float[][] read(String path, int dimension, int count, String metric) throws IOException {
        float[][] rows = new float[count][dimension];
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(Path.of(path))) {
            for (float[] row : rows) {
                bytes.clear();
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes) < 0) {
                        throw new IOException("The file holds too few rows: " + path);
                    }
                }
                bytes.flip().asFloatBuffer().get(row);
                if (metric.equals("COSINE")) {
                    scaleToUnit(row);
                }
            }
        }
        return rows;
    }

    private static void scaleToUnit(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < row.length && length > 0; i++) {
            row[i] = (float) (row[i] / length);
        }
    }

    private static String versionOf(Class<?> part) {
        String jar = part.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceAll(".*/[a-z]+-|\\.jar", "");
    }

    private static IllegalArgumentException noSuchMetric(String metric) {
        return new IllegalArgumentException("This peer has no such metric: " + metric);
    }

    /** JVector: degree 32, beam 200, float32 rows. */
    private static final class JVector implements Peer {
        private static final VectorTypeSupport VECTORS =
                VectorizationProvider.getInstance().getVectorTypeSupport();

        private final io.github.jbellis.jvector.vector.VectorSimilarityFunction similarity;
        private static final String GRAPH = "graph";
        private static final float ALPHA = 1.2f;
        private static final float OVERFLOW = 1.2f; // of a node's list while others are built

        private ListRandomAccessVectorValues values;
        private ImmutableGraphIndex graph;

        JVector(String metric) {
            this.similarity =
                    switch (metric) {
                        case "COSINE", "DOT" -> io.github.jbellis.jvector.vector.VectorSimilarityFunction.DOT_PRODUCT;
                        case "EUCLID" -> io.github.jbellis.jvector.vector.VectorSimilarityFunction.EUCLIDEAN;
                        default -> throw noSuchMetric(metric);
                    };
        }

        @Override
        public String settings() {
            return "degree 32, beam 200, alpha 1.2, float32";
        }

        @Override
        public String version() {
            return versionOf(GraphSearcher.class);
        }

        private void take(float[][] rows) {
            List<VectorFloat<?>> vectors = new ArrayList<>();
            for (float[] row : rows) {
                vectors.add(VECTORS.createFloatVector(row));
            }
            values = new ListRandomAccessVectorValues(vectors, rows[0].length);
        }

        @Override
        public void build(float[][] rows, int threads, Path folder) throws IOException {
            take(rows);
            BuildScoreProvider scores = BuildScoreProvider.randomAccessScoreProvider(values, similarity);
            try (ForkJoinPool pool = new ForkJoinPool(threads);
                    GraphIndexBuilder builder = new GraphIndexBuilder(
                            scores, rows[0].length, 32, 200, OVERFLOW, ALPHA, false, true, pool, pool)) {
                graph = builder.build(values);
            }
            try (DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(folder.resolve(GRAPH))))) {
                ((OnHeapGraphIndex) graph).save(out);
            }
        }

        @Override
        public void load(float[][] rows, Path folder) throws IOException {
            take(rows);
            BuildScoreProvider scores = BuildScoreProvider.randomAccessScoreProvider(values, similarity);
            try (ReaderSupplier file = ReaderSupplierFactory.open(folder.resolve(GRAPH));
                    RandomAccessReader reader = file.get()) {
                graph = OnHeapGraphIndex.load(
                        reader, rows[0].length, OVERFLOW, new VamanaDiversityProvider(scores, ALPHA));
            }
        }

        @Override
        public long bytes(Path folder) {
            return graph.ramBytesUsed() + (long) values.size() * values.dimension() * Float.BYTES;
        }

        @Override
        public Searcher searcher() {
            GraphSearcher searcher = new GraphSearcher(graph);
            return (query, k, beam) -> {
                DefaultSearchScoreProvider scores =
                        DefaultSearchScoreProvider.exact(VECTORS.createFloatVector(query), similarity, values);
                SearchResult.NodeScore[] nodes =
                        searcher.search(scores, k, beam, 0f, 0f, Bits.ALL).getNodes();
                return Arrays.stream(nodes).mapToInt(node -> node.node).toArray();
            };
        }
    }

    /** Lucene: HNSW of degree 16, beam 200, merged into one segment. */
    private static final class Lucene implements Peer {
        private static final String FIELD = "v";
        private static final String INDEX = "index";

        private final VectorSimilarityFunction similarity;
        private final KnnVectorsFormat format;
        private final String settings;
        private IndexSearcher searcher;

        Lucene(String metric, KnnVectorsFormat format, String settings) {
            this.format = format;
            this.settings = settings;
            this.similarity =
                    switch (metric) {
                        case "COSINE" -> VectorSimilarityFunction.DOT_PRODUCT;
                        case "DOT" -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
                        case "EUCLID" -> VectorSimilarityFunction.EUCLIDEAN;
                        default -> throw noSuchMetric(metric);
                    };
        }

        @Override
        public String settings() {
            return settings;
        }

        @Override
        public String version() {
            return Version.LATEST.toString();
        }

        @Override
        public void build(float[][] rows, int threads, Path folder) throws Exception {
            IndexWriterConfig config = new IndexWriterConfig()
                    .setCodec(new Lucene103Codec() {
                        @Override
                        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                            return format;
                        }
                    })
                    .setUseCompoundFile(false)
                    .setRAMBufferSizeMB(1_900)
                    .setMergePolicy(new LogDocMergePolicy()) // keeps the documents in order, so that a number is a row
                    .setMergeScheduler(new SerialMergeScheduler());
            try (IndexWriter writer = new IndexWriter(new MMapDirectory(folder.resolve(INDEX)), config)) {
                for (float[] row : rows) {
                    Document document = new Document();
                    document.add(new KnnFloatVectorField(FIELD, row, similarity));
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            load(rows, folder);
        }

        @Override
        public void load(float[][] rows, Path folder) throws IOException {
            searcher = new IndexSearcher(DirectoryReader.open(new MMapDirectory(folder.resolve(INDEX))));
            searcher.setQueryCache(null); // no query is asked twice in a round, and what is cached would be the answer
        }

        @Override
        public long bytes(Path folder) throws IOException {
            try (Stream<Path> files = Files.list(folder.resolve(INDEX))) {
                return files.mapToLong(file -> file.toFile().length()).sum();
            }
        }

        @Override
        public Searcher searcher() {
            return (query, k, beam) -> {
                ScoreDoc[] found =
                        searcher.search(new KnnFloatVectorQuery(FIELD, query, Math.max(beam, k)), k).scoreDocs;
                return Arrays.stream(found).mapToInt(hit -> hit.doc).toArray();
            };
        }
    }
}
