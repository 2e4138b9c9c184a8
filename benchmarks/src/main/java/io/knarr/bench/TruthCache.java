package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.model.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** True neighbours, computed by brute force once and kept beside the queries for the next run. */
final class TruthCache {
    private final Path vectors;
    private final Path queries;
    private final @Nullable Path given;
    private final VectorFile rows;
    private final int rowCount;
    private final Metric metric;
    private final int k;
    private final Progress progress;

    /** Takes the user's own file of neighbours too; {@code null} if there is none. */
    TruthCache(
            Path vectors,
            Path queries,
            @Nullable Path given,
            VectorFile rows,
            int rowCount,
            Metric metric,
            int k,
            Progress progress) {
        this.vectors = vectors;
        this.queries = queries;
        this.given = given;
        this.rows = rows;
        this.rowCount = rowCount;
        this.metric = metric;
        this.k = k;
        this.progress = progress;
    }

    /** Returns the neighbours among all rows, from the user's file if there is one, which has a list for each of so many queries. */
    Neighbours of(RowMask all, float[][] asked, long queriesInFile) throws IOException {
        if (given == null) {
            Neighbours computed = of(List.of(all), asked, asked.length).get(all.label());
            if (computed == null) {
                throw new IllegalStateException("nothing was computed");
            }
            return computed;
        }
        if (!Files.isRegularFile(given)) {
            throw new UnusableInputException("There is no such truth file, path=" + given);
        }
        int[][] nearest = Neighbours.read(given, queriesInFile, asked.length, k, rowCount);
        return new Neighbours(rows, metric, all, asked, nearest);
    }

    /** Returns the neighbours of the first {@code count} queries among the rows of each mask, by its label. */
    Map<String, Neighbours> of(List<RowMask> masks, float[][] asked, int count) throws IOException {
        float[][] first = java.util.Arrays.copyOf(asked, count);
        List<Path> files = masks.stream().map(mask -> file(mask, count)).toList();
        if (!files.stream().allMatch(Files::isRegularFile)) {
            progress.step("computing true neighbours, queries=%,d, filters=%d".formatted(count, masks.size()));
            List<int[][]> found = new BruteForce(rows, rowCount, metric, k).nearest(first, masks, progress);
            for (int mask = 0; mask < found.size(); mask++) {
                Files.createDirectories(directory());
                Neighbours.write(files.get(mask), found.get(mask), k);
            }
        }
        Map<String, Neighbours> byLabel = new LinkedHashMap<>();
        for (int mask = 0; mask < files.size(); mask++) {
            int[][] nearest = Neighbours.read(files.get(mask), count, count, k, rowCount);
            byLabel.put(masks.get(mask).label(), new Neighbours(rows, metric, masks.get(mask), first, nearest));
        }
        return byLabel;
    }

    private Path directory() {
        return queries.resolveSibling(queries.getFileName() + ".truth");
    }

    /** Returns a file named after all that the neighbours depend on. */
    private Path file(RowMask mask, int count) {
        CRC32C sum = new CRC32C();
        sum.update("%s %s".formatted(stamp(vectors), stamp(queries)).getBytes(UTF_8));
        return directory()
                .resolve("%s-%d-k%d-q%d-%s-%08x.i32"
                        .formatted(metric, rowCount, k, count, mask.label(), sum.getValue()));
    }

    private static String stamp(Path file) {
        try {
            return file.toAbsolutePath() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
