package io.knarr.bench;

import static io.knarr.bench.BenchCommand.requireRange;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench data}: vectors to measure with. Real sentence embeddings, and sets that are made from a seed. */
@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        description = "Makes the vectors that 'bench engine' measures with; what is there is left alone.",
        footer = {
            "",
            "Sets:",
            "  minilm            real embeddings of dictionary glosses and package descriptions, 384 dimensions, unit length",
            "  made-1536         100,000 x 1536, unit length",
            "  made-128-euclid   300,000 x 128, integers, for EUCLID",
            "  made-768-1m       1,000,000 x 768, unit length, 3 GB",
            "  made-1536-1m      1,000,000 x 1536, unit length, 6 GB",
            "Each is NAME.base.f32 and NAME.queries.f32 (minilm-384 for the first): float32, little-endian, row after row."
        })
public final class DataBench implements Callable<Integer> {
    /** A set that is made. */
    private enum Made {
        UNIT_1536("made-1536", 100_000, 1_536, MadeSet.Shape.UNIT),
        EUCLID_128("made-128-euclid", 300_000, 128, MadeSet.Shape.HISTOGRAM),
        UNIT_768_LARGE("made-768-1m", 1_000_000, 768, MadeSet.Shape.UNIT),
        UNIT_1536_LARGE("made-1536-1m", 1_000_000, 1_536, MadeSet.Shape.UNIT);

        private final String label;
        private final int rows;
        private final int dimension;
        private final MadeSet.Shape shape;

        Made(String label, int rows, int dimension, MadeSet.Shape shape) {
            this.label = label;
            this.rows = rows;
            this.dimension = dimension;
            this.shape = shape;
        }
    }

    private static final String REAL = "minilm";
    private static final int MAX_ROWS = 100_000_000;
    private static final long ROW_SEED = 1;
    private static final long QUERY_SEED = 2;

    private final PrintStream err;
    private final Progress progress;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "data",
            description = "Where the files go (${DEFAULT-VALUE}).")
    private Path out = Path.of("data");

    @Option(
            names = "--sets",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "made-1536,made-128-euclid,minilm",
            description = "Which sets (${DEFAULT-VALUE}).")
    private List<String> sets = List.of();

    @Option(
            names = "--rows",
            defaultValue = "0",
            description = "Rows of each set (0: 300,000 embeddings, made sets as listed).")
    private int rows;

    @Option(
            names = "--queries",
            defaultValue = "10000",
            description = "Queries of each set, none of them a row (${DEFAULT-VALUE}).")
    private int queries;

    @Option(names = "--threads", defaultValue = "0", description = "Threads that embed (0: one per core).")
    private int threads;

    private DataBench(PrintStream err) {
        this.err = err;
        this.progress = new Progress(err);
    }

    /** Runs the command. Returns 0 when all files are there, 1 when it could not finish, 2 when the input is unusable. */
    public static int run(List<String> args, PrintStream out, PrintStream err) {
        return BenchCommand.execute(new DataBench(err), args, out, err);
    }

    /** Runs with the options as they were parsed. */
    @Override
    public Integer call() throws IOException, InterruptedException {
        requireRange("--rows", rows, 0, MAX_ROWS);
        requireRange("--queries", queries, 1, MAX_ROWS);
        requireRange("--threads", threads, 0, 1_024);
        sets.forEach(DataBench::requireSet);
        Files.createDirectories(out);
        for (Made set : Made.values()) {
            if (sets.contains(set.label)) {
                make(set);
            }
        }
        return sets.contains(REAL) ? embed() : BenchCommand.OK;
    }

    private static void requireSet(String name) {
        if (!name.equals(REAL) && List.of(Made.values()).stream().noneMatch(set -> set.label.equals(name))) {
            throw new UnusableInputException("There is no such set, see --help: " + name);
        }
    }

    private void make(Made set) throws IOException {
        MadeSet vectors = new MadeSet(set.dimension, set.shape);
        make(vectors, set.label + ".queries.f32", queries, QUERY_SEED, set.dimension);
        make(vectors, set.label + ".base.f32", rows == 0 ? set.rows : rows, ROW_SEED, set.dimension);
    }

    private void make(MadeSet vectors, String name, int count, long seed, int dimension) throws IOException {
        Path path = out.resolve(name);
        if (Files.exists(path) && Files.size(path) == (long) count * dimension * Float.BYTES) {
            progress.step("there: " + path);
            return;
        }
        Files.deleteIfExists(path);
        vectors.write(path, count, seed, progress);
        progress.step("made: %s, rows=%,d, dim=%d".formatted(path, count, dimension));
    }

    private int embed() throws IOException, InterruptedException {
        Workplace workplace = Workplace.here();
        Path python = workplace.python("data-venv", "requirements-data.txt", err);
        int code = new ProcessBuilder(
                        "nice",
                        "-n",
                        "19",
                        python.toString(),
                        workplace.script("embed.py").toString(),
                        "--work",
                        workplace.tools("bench-data").toString(),
                        "--out",
                        out.toString(),
                        "--rows",
                        Integer.toString(rows == 0 ? 300_000 : rows),
                        "--queries",
                        Integer.toString(queries),
                        "--threads",
                        Integer.toString(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads))
                .inheritIO()
                .start()
                .waitFor();
        return code == 0 ? BenchCommand.OK : BenchCommand.FAILED;
    }
}
