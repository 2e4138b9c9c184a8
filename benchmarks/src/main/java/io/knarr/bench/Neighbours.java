package io.knarr.bench;

import io.knarr.server.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The true neighbours of some queries, and how many of them an answer has. Thread-safe. */
final class Neighbours {
    // Sums of the same numbers in another order differ by less than this, relative to their size; far below float32.
    private static final double TIE = 1e-12;

    private final VectorFile rows;
    private final GroundTruth truth;
    private final RowMask mask;
    private final float[][] queries;
    private final int[][] nearest;
    private final double[] worst;

    /** Takes what {@link BruteForce} found among the rows of the mask, or a file that somebody else made. */
    Neighbours(VectorFile rows, Metric metric, RowMask mask, float[][] queries, int[][] nearest) {
        this.rows = rows;
        this.truth = new GroundTruth(rows, metric);
        this.mask = mask;
        this.queries = queries;
        this.nearest = nearest;
        this.worst = new double[queries.length];
        float[] row = new float[rows.dimension()];
        for (int query = 0; query < queries.length; query++) {
            double last = Double.POSITIVE_INFINITY;
            for (int number : nearest[query]) {
                rows.read(number, row);
                last = Math.min(last, truth.nearness(queries[query], row));
            }
            worst[query] = last;
        }
    }

    /** Returns the numbers of the true neighbours, nearest first; shape {@code [queries][k]}. */
    int[][] nearest() {
        return nearest;
    }

    /** Returns the mean recall of answers to the first queries, one array of row numbers per query; at least one query. */
    double recall(int[][] answers) {
        double sum = 0;
        for (int query = 0; query < answers.length; query++) {
            sum += recall(query, answers[query]);
        }
        return sum / answers.length;
    }

    /**
     * Returns the share of a query's true neighbours that an answer has. A row that ties with the last of them counts, a row returned
     * twice counts once, and one that does not exist or that the filter does not let through is missed.
     */
    double recall(int query, int[] answer) {
        Set<Integer> wanted = new HashSet<>();
        Arrays.stream(nearest[query]).forEach(wanted::add);
        Set<Integer> seen = new HashSet<>();
        float[] row = new float[rows.dimension()];
        int found = 0;
        for (int number : answer) {
            if (number < 0 || number >= mask.words().length * Long.SIZE || !mask.allows(number) || !seen.add(number)) {
                continue;
            }
            if (wanted.contains(number) || ties(query, number, row)) {
                found++;
            }
        }
        return wanted.isEmpty() ? 1 : (double) Math.min(found, wanted.size()) / wanted.size();
    }

    private boolean ties(int query, int number, float[] row) {
        rows.read(number, row);
        double last = worst[query];
        return truth.nearness(queries[query], row) >= last - TIE * Math.max(1, Math.abs(last));
    }

    /** Writes row numbers: int32, little-endian, shape {@code [queries][k]}, without a header; -1 where there are fewer. */
    static void write(Path path, int[][] nearest, int k) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(nearest.length * k * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] ofQuery : nearest) {
            for (int rank = 0; rank < k; rank++) {
                bytes.putInt(rank < ofQuery.length ? ofQuery[rank] : -1);
            }
        }
        Path part = path.resolveSibling(path.getFileName() + ".part");
        Files.write(part, bytes.array());
        Files.move(part, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Reads the first {@code k} row numbers of the first {@code count} of {@code queries} queries, as {@link #write} wrote them with
     * this many per query or more. A number below zero ends a query's list.
     *
     * @throws UnusableInputException if the file has another shape, or names a row that there is not
     */
    static int[][] read(Path path, long queries, int count, int k, int rowCount) throws IOException {
        long size = Files.size(path);
        long width = size / Integer.BYTES / queries;
        if (width < k || size != width * Integer.BYTES * queries) {
            throw new UnusableInputException(
                    "The truth file must be int32 row numbers, at least %d for each of %,d queries, path=%s, bytes=%d"
                            .formatted(k, queries, path, size));
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int[][] nearest = new int[count][];
        for (int query = 0; query < count; query++) {
            int[] ofQuery = new int[k];
            int found = 0;
            for (int rank = 0; rank < k; rank++) {
                int number = bytes.getInt(Math.toIntExact((query * width + rank) * Integer.BYTES));
                if (number >= rowCount) {
                    throw new UnusableInputException(
                            "The truth file names a row that is not there, path=%s, query=%d, row=%d, rows=%d"
                                    .formatted(path, query, number, rowCount));
                }
                if (number < 0) {
                    break;
                }
                ofQuery[found++] = number;
            }
            nearest[query] = Arrays.copyOf(ofQuery, found);
        }
        return nearest;
    }
}
