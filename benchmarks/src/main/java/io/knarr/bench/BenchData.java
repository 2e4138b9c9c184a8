package io.knarr.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The vectors of one bench, and a directory for its files that goes away with it. */
final class BenchData implements AutoCloseable {
    private static final int SYNTHETIC_QUERIES = 2_000;
    private static final long ROW_SEED = 1;
    private static final long QUERY_SEED = 2;
    private static final long CENTRE_SEED = 3;

    private final Path directory;
    private final VectorFile rows;
    private final VectorFile queries;
    private final String source;

    private BenchData(Path directory, VectorFile rows, VectorFile queries, String source) {
        this.directory = directory;
        this.rows = rows;
        this.queries = queries;
        this.source = source;
    }

    /** Makes {@code count} synthetic vectors, and queries that come from the same clusters. */
    static BenchData synthetic(long count, int dimension) throws IOException {
        Path directory = Files.createTempDirectory("knarr-bench");
        try {
            SyntheticVectors vectors = new SyntheticVectors(dimension, CENTRE_SEED);
            Path rows = directory.resolve("rows.f32");
            Path queries = directory.resolve("queries.f32");
            vectors.write(rows, count, ROW_SEED);
            vectors.write(queries, SYNTHETIC_QUERIES, QUERY_SEED);
            return open(directory, rows, queries, dimension, "synthetic");
        } catch (IOException | RuntimeException e) {
            delete(directory);
            throw e;
        }
    }

    /** Opens the user's files. */
    static BenchData files(Path rows, Path queries, int dimension) throws IOException {
        Path directory = Files.createTempDirectory("knarr-bench");
        try {
            return open(directory, rows, queries, dimension, "file");
        } catch (IOException | RuntimeException e) {
            delete(directory);
            throw e;
        }
    }

    private static BenchData open(Path directory, Path rows, Path queries, int dimension, String source)
            throws IOException {
        VectorFile rowFile = VectorFile.open(rows, dimension);
        try {
            return new BenchData(directory, rowFile, VectorFile.open(queries, dimension), source);
        } catch (IOException | RuntimeException e) {
            rowFile.close();
            throw e;
        }
    }

    VectorFile rows() {
        return rows;
    }

    VectorFile queries() {
        return queries;
    }

    /** Returns {@code synthetic} or {@code file}. */
    String source() {
        return source;
    }

    /** Returns a place for a server's data that is deleted with this. */
    Path directory(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() throws IOException {
        rows.close();
        queries.close();
        delete(directory);
    }

    /** Deletes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        List<Path> found;
        try (Stream<Path> walk = Files.walk(directory)) {
            found = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : found) {
            Files.deleteIfExists(path);
        }
    }

    /** Returns the bytes of all files under {@code directory}. */
    static long bytesUnder(Path directory) throws IOException {
        long bytes = 0;
        List<Path> found;
        try (Stream<Path> walk = Files.walk(directory)) {
            found = walk.filter(Files::isRegularFile).toList();
        }
        for (Path path : found) {
            bytes += Files.size(path);
        }
        return bytes;
    }
}
