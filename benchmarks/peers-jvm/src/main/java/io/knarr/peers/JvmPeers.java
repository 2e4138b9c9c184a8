package io.knarr.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

/**
 * Drives a search library of the JVM, told what to do on standard input as {@code peers.py} is: {@code build}, {@code run PARAMETER FILE},
 * {@code quit}. Each is answered with one line of JSON.
 */
public final class JvmPeers {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final int[] BEAMS = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768};

    private JvmPeers() {}

    /** A library with the rows in it. */
    private interface Peer {
        void build(float[][] rows, int threads) throws Exception;

        long bytes() throws IOException;

        /** Returns the rows found for a query, nearest first. */
        int[] search(float[] query, int k, int beam) throws Exception;
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
                    case "lucene" -> new Lucene(metric, new Lucene99HnswVectorsFormat(16, 200));
                    case "lucene-int8" -> new Lucene(metric, new Lucene99HnswScalarQuantizedVectorsFormat(16, 200));
                    default -> throw new IllegalArgumentException("There is no such peer: " + arguments[0]);
                };
        float[][] queries =
                read(options.get("--queries"), dimension, Integer.parseInt(options.get("--query-count")), metric);
        answer("{\"event\":\"ready\",\"name\":\"%s\"}", arguments[0]);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "build" -> {
                    float[][] rows =
                            read(options.get("--vectors"), dimension, Integer.parseInt(options.get("--rows")), metric);
                    build(peer, rows, Integer.parseInt(options.get("--threads")), k);
                }
                case "run" -> run(peer, queries, k, Integer.parseInt(words[1]), Path.of(words[2]));
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

    private static void build(Peer peer, float[][] rows, int threads, int k) throws Exception {
        long start = System.nanoTime();
        long cpu = SYSTEM.getProcessCpuTime();
        peer.build(rows, threads);
        answer(
                "{\"event\":\"built\",\"rows\":%d,\"cpu_s\":%f,\"wall_s\":%f,\"bytes\":%d,\"parameters\":%s}",
                rows.length,
                (SYSTEM.getProcessCpuTime() - cpu) / 1e9,
                (System.nanoTime() - start) / 1e9,
                peer.bytes(),
                Arrays.toString(IntStream.of(BEAMS).filter(beam -> beam >= k).toArray()));
    }

    /** Answers all queries on this thread. The compiler and the collector work beside it; their time is not counted. */
    private static void run(Peer peer, float[][] queries, int k, int beam, Path file) throws Exception {
        int[][] found = new int[queries.length][];
        long start = System.nanoTime();
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < queries.length; i++) {
            found[i] = peer.search(queries[i], k, beam);
        }
        long cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
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

    private static IllegalArgumentException noSuchMetric(String metric) {
        return new IllegalArgumentException("This peer has no such metric: " + metric);
    }

    /** JVector: degree 32, beam 200, float32 rows. */
    private static final class JVector implements Peer {
        private static final VectorTypeSupport VECTORS =
                VectorizationProvider.getInstance().getVectorTypeSupport();

        private final io.github.jbellis.jvector.vector.VectorSimilarityFunction similarity;
        private ListRandomAccessVectorValues values;
        private ImmutableGraphIndex graph;
        private GraphSearcher searcher;

        JVector(String metric) {
            this.similarity =
                    switch (metric) {
                        case "COSINE", "DOT" -> io.github.jbellis.jvector.vector.VectorSimilarityFunction.DOT_PRODUCT;
                        case "EUCLID" -> io.github.jbellis.jvector.vector.VectorSimilarityFunction.EUCLIDEAN;
                        default -> throw noSuchMetric(metric);
                    };
        }

        @Override
        public void build(float[][] rows, int threads) throws IOException {
            List<VectorFloat<?>> vectors = new ArrayList<>();
            for (float[] row : rows) {
                vectors.add(VECTORS.createFloatVector(row));
            }
            values = new ListRandomAccessVectorValues(vectors, rows[0].length);
            try (GraphIndexBuilder builder =
                    new GraphIndexBuilder(values, similarity, 32, 200, 1.2f, 1.2f, false)) {
                graph = builder.build(values);
            }
            searcher = new GraphSearcher(graph);
        }

        @Override
        public long bytes() {
            return graph.ramBytesUsed() + (long) values.size() * values.dimension() * Float.BYTES;
        }

        @Override
        public int[] search(float[] query, int k, int beam) {
            DefaultSearchScoreProvider scores =
                    DefaultSearchScoreProvider.exact(VECTORS.createFloatVector(query), similarity, values);
            SearchResult.NodeScore[] nodes =
                    searcher.search(scores, k, beam, 0f, 0f, Bits.ALL).getNodes();
            return Arrays.stream(nodes).mapToInt(node -> node.node).toArray();
        }
    }

    /** Lucene: HNSW of degree 16, beam 200, merged into one segment. */
    private static final class Lucene implements Peer {
        private static final String FIELD = "v";

        private final VectorSimilarityFunction similarity;
        private final KnnVectorsFormat format;
        private final Path directory = Files.createTempDirectory("knarr-lucene");
        private IndexSearcher searcher;

        Lucene(String metric, KnnVectorsFormat format) throws IOException {
            this.format = format;
            this.similarity =
                    switch (metric) {
                        case "COSINE" -> VectorSimilarityFunction.DOT_PRODUCT;
                        case "DOT" -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
                        case "EUCLID" -> VectorSimilarityFunction.EUCLIDEAN;
                        default -> throw noSuchMetric(metric);
                    };
        }

        @Override
        public void build(float[][] rows, int threads) throws Exception {
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
            try (IndexWriter writer = new IndexWriter(new MMapDirectory(directory), config)) {
                for (float[] row : rows) {
                    Document document = new Document();
                    document.add(new KnnFloatVectorField(FIELD, row, similarity));
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(this::delete));
            searcher = new IndexSearcher(DirectoryReader.open(new MMapDirectory(directory)));
        }

        private void delete() {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                System.err.println("Left behind: " + directory + ", " + e.getMessage());
            }
        }

        @Override
        public long bytes() throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                return files.mapToLong(file -> file.toFile().length()).sum();
            }
        }

        @Override
        public int[] search(float[] query, int k, int beam) throws IOException {
            ScoreDoc[] found = searcher.search(new KnnFloatVectorQuery(FIELD, query, Math.max(beam, k)), k).scoreDocs;
            return Arrays.stream(found).mapToInt(hit -> hit.doc).toArray();
        }
    }
}
