package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Builds a {@link Graph} from the codes of rows alone. Near rows are found twice: first within overlapping clusters, by comparing signs;
 * then by searching the graph that this gave. Each time a row's list is pruned to neighbours in different directions (the relative
 * neighbourhood rule of Toussaint, 1980, as in HNSW and Vamana) and links are made to go both ways.
 *
 * <p>Distances are Euclidean whatever the similarity: what is near by it is near by all, where norms are alike.
 */
final class GraphBuilder {
    private static final int ROWS_PER_CLUSTER = 128;
    private static final int CLUSTERS_PER_ROW = 4;
    private static final int MAX_CLUSTER_ROWS = 1_024;

    /** Near rows kept per row and cluster. */
    private static final int NEAR_PER_CLUSTER = 24;

    private static final int MAX_NEAR = NEAR_PER_CLUSTER * CLUSTERS_PER_ROW;

    /** The beam of the searches that refine the graph. */
    private static final int REFINING_BEAM = 96;

    /** Links that wait to be made the other way, per row. */
    private static final int MAX_WAITING = 32;

    /** Near rows that pruning dropped, kept per row to fill its list in the end. */
    private static final int MAX_SPARES = 24;

    private static final int CHUNK_ROWS = 256;

    private final CodeLayout layout;
    private final GraphLayout graphLayout;
    private final CodeBlock base;
    private final int rowCount;
    private final int threads;
    private final StopSignal stop;
    private final CodeKernel codeKernel = Kernels.code();

    // By row, DEGREE neighbours, -1 where there is none.
    private final MemorySegment lists;
    private final NativeMemory scratch = new NativeMemory();

    private GraphBuilder(CodeLayout layout, CodeBlock base, int rowCount, int threads, StopSignal stop) {
        this.layout = layout;
        this.graphLayout = new GraphLayout(layout.size());
        this.base = base;
        this.rowCount = rowCount;
        this.threads = threads;
        this.stop = stop;
        this.lists = scratch.allocate(rowCount * GraphLayout.LIST_BYTES);
    }

    /**
     * Builds a graph over the rows of a block of codes. Blocks until it is done, with {@code threads} threads of its own.
     *
     * @param similarity of the searches to come
     * @param memory where the graph goes
     * @throws Parallel.StoppedException if the stop signal said so
     */
    static Graph build(
            CodeLayout layout,
            CodeBlock base,
            int rowCount,
            Similarity similarity,
            GraphMode mode,
            NativeMemory memory,
            int threads,
            StopSignal stop) {
        GraphBuilder builder = new GraphBuilder(layout, base, rowCount, threads, stop);
        try {
            return builder.build(similarity, mode, memory);
        } finally {
            builder.scratch.close();
        }
    }

    private Graph build(Similarity similarity, GraphMode mode, NativeMemory memory) {
        RowLists spares = new RowLists(rowCount, MAX_SPARES, scratch);
        builtFromClusters();
        linkBothWays();
        EntrySample entries = new EntrySample(layout, base, rowCount, memory);
        MemorySegment blocks = memory.allocate(
                rowCount * (mode == GraphMode.FAST ? graphLayout.blockBytes() : GraphLayout.LIST_BYTES));
        MemorySegment drafts = mode == GraphMode.FAST ? blocks : scratch.allocate(rowCount * graphLayout.blockBytes());
        Graph draft = new Graph(GraphMode.FAST, rowCount, base, graphLayout, drafts, entries);
        inParallel(worker -> worker::writeDraft, draft);
        inParallel(worker -> (target, row) -> worker.refine(target, row, spares), draft);
        linkBothWays();
        // A step looks at all places of a list at once, so a place that is left empty costs as much as one that is
        // used.
        inParallel(worker -> (_, row) -> worker.fill(row, spares), draft);
        if (mode == GraphMode.COMPACT) {
            MemorySegment.copy(lists, 0, blocks, 0, lists.byteSize());
            return new Graph(mode, rowCount, base, graphLayout, blocks, entries);
        }
        return BlockWriter.fastFormOf(listsWith(entries), layout, similarity, blocks, threads, stop);
    }

    // ---- parallel runs ----

    @FunctionalInterface
    private interface RowTask {
        void run(Graph graph, int row);
    }

    @FunctionalInterface
    private interface TaskOf {
        RowTask of(Worker worker);
    }

    private void inParallel(TaskOf task, Graph graph) {
        Parallel.run(threads, Math.ceilDiv(rowCount, CHUNK_ROWS), stop, () -> {
            RowTask run = task.of(new Worker());
            return chunk -> {
                for (int row = chunk * CHUNK_ROWS; row < Math.min(rowCount, (chunk + 1) * CHUNK_ROWS); row++) {
                    run.run(graph, row);
                }
            };
        });
    }

    // ---- clusters ----

    private void builtFromClusters() {
        int clusterCount = Math.max(1, rowCount / ROWS_PER_CLUSTER);
        int rounded = Math.ceilDiv(clusterCount, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
        MemorySegment pivots = scratch.allocate(layout.signBytes(rounded));
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < clusterCount; i++) {
            int first = (int) ((long) i * rowCount / clusterCount);
            int past = (int) ((i + 1L) * rowCount / clusterCount);
            copyForDistance(first + random.nextInt(past - first), pivots, i);
        }
        int perRow = Math.min(CLUSTERS_PER_ROW, clusterCount);
        int[] memberships = new int[rowCount * perRow];
        inParallel(worker -> (_, row) -> worker.assign(row, pivots, clusterCount, memberships, perRow), emptyGraph());
        int[][] clusters = membersOf(memberships, perRow, clusterCount);
        RowLists near = new RowLists(rowCount, MAX_NEAR, scratch);
        Parallel.run(threads, clusters.length, stop, () -> {
            Worker worker = new Worker();
            return cluster -> worker.compareAll(clusters[cluster], near);
        });
        inParallel(worker -> (_, row) -> worker.chooseFrom(row, near), emptyGraph());
    }

    private Graph emptyGraph() {
        return listsWith(new EntrySample(layout, base, Math.min(rowCount, 1), scratch));
    }

    private Graph listsWith(EntrySample entries) {
        return new Graph(GraphMode.COMPACT, rowCount, base, graphLayout, lists, entries);
    }

    private int[][] membersOf(int[] memberships, int perRow, int clusterCount) {
        int[] sizes = new int[clusterCount];
        for (int cluster : memberships) {
            sizes[cluster]++;
        }
        int[][] members = new int[clusterCount][];
        for (int cluster = 0; cluster < clusterCount; cluster++) {
            members[cluster] = new int[sizes[cluster]];
        }
        Arrays.fill(sizes, 0);
        for (int i = 0; i < memberships.length; i++) {
            members[memberships[i]][sizes[memberships[i]]++] = i / perRow;
        }
        List<int[]> parts = new ArrayList<>();
        for (int[] cluster : members) {
            int count = Math.ceilDiv(cluster.length, MAX_CLUSTER_ROWS);
            for (int part = 0; part < count; part++) {
                int from = (int) ((long) part * cluster.length / count);
                int to = (int) ((part + 1L) * cluster.length / count);
                parts.add(Arrays.copyOfRange(cluster, from, to));
            }
        }
        return parts.toArray(int[][]::new);
    }

    /** Copies a row's signs, with the term that makes its estimates those of distances. */
    private void copyForDistance(int row, MemorySegment target, int place) {
        SignColumns.copy(layout, base.signs(), row, target, place);
        float norm = norm(row);
        long term = SignColumns.at(layout, place) + (layout.words() + 1L) * SignKernel.WORD_BYTES;
        target.set(ValueLayout.JAVA_FLOAT, term, -0.5f * norm * norm);
    }

    private long codesAt(int row) {
        return row * layout.codeBytes();
    }

    private float norm(int row) {
        return base.codes().get(ValueLayout.JAVA_FLOAT, codesAt(row) + layout.size() + CodeLayout.NORM);
    }

    private float scale(int row) {
        return base.codes().get(ValueLayout.JAVA_FLOAT, codesAt(row) + layout.size() + CodeLayout.SCALE);
    }

    private int sum(int row) {
        return base.codes().get(ValueLayout.JAVA_INT, codesAt(row) + layout.size() + CodeLayout.SUM);
    }

    // ---- links ----

    private void linkBothWays() {
        RowLists waiting = new RowLists(rowCount, MAX_WAITING, scratch);
        Graph graph = emptyGraph();
        inParallel(
                _ -> (_, row) -> {
                    for (int i = 0; i < GraphLayout.DEGREE; i++) {
                        int neighbour = graph.neighbour(row, i);
                        if (neighbour < 0) {
                            break;
                        }
                        waiting.add(neighbour, row);
                    }
                },
                graph);
        inParallel(worker -> (_, row) -> worker.merge(row, waiting), graph);
    }

    /** What one thread needs. */
    private final class Worker {
        private final QueryCode code = new QueryCode(layout.size(), Similarity.SQUARED_EUCLID);
        private final GraphSearch search = new GraphSearch();
        private final Candidates candidates = new Candidates();
        private final BestFew nearestPivots = new BestFew(CLUSTERS_PER_ROW);
        private final BestFew nearest = new BestFew(NEAR_PER_CLUSTER + 1);
        private final int[] even = new int[layout.size() / 4];
        private final int[] odd = new int[layout.size() / 4];
        private final BlockWriter blocks = new BlockWriter(layout, base);
        private final int[] list = new int[GraphLayout.DEGREE];
        private final MemorySegment clusterSigns = scratchOfThread();
        private float[] estimates = new float[0];

        private MemorySegment scratchOfThread() {
            synchronized (scratch) {
                return scratch.allocate(layout.signBytes(MAX_CLUSTER_ROWS));
            }
        }

        private void reserve(int count) {
            if (estimates.length < count) {
                estimates = new float[count];
            }
        }

        /** Finds a row's clusters. */
        void assign(int row, MemorySegment pivots, int clusterCount, int[] memberships, int perRow) {
            int rounded = Math.ceilDiv(clusterCount, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
            reserve(rounded);
            code.prepareRow(base.codes(), codesAt(row));
            Kernels.sign()
                    .estimate(
                            code.planes,
                            layout.words(),
                            code.k0,
                            code.k1,
                            pivots,
                            0,
                            rounded / SignKernel.ROWS_PER_BLOCK,
                            estimates,
                            0);
            nearestPivots.find(estimates, clusterCount);
            for (int i = 0; i < perRow; i++) {
                memberships[row * perRow + i] = nearestPivots.place(Math.min(i, nearestPivots.count() - 1));
            }
        }

        /** Compares all rows of a cluster with each other. */
        void compareAll(int[] members, RowLists near) {
            int rounded = Math.ceilDiv(members.length, SignKernel.ROWS_PER_BLOCK) * SignKernel.ROWS_PER_BLOCK;
            reserve(rounded);
            for (int i = 0; i < members.length; i++) {
                copyForDistance(members[i], clusterSigns, i);
            }
            for (int member : members) {
                code.prepareRow(base.codes(), codesAt(member));
                Kernels.sign()
                        .estimate(
                                code.planes,
                                layout.words(),
                                code.k0,
                                code.k1,
                                clusterSigns,
                                0,
                                rounded / SignKernel.ROWS_PER_BLOCK,
                                estimates,
                                0);
                nearest.find(estimates, members.length);
                for (int i = 0; i < nearest.count(); i++) {
                    int found = members[nearest.place(i)];
                    if (found != member) {
                        near.add(member, found);
                    }
                }
            }
        }

        /** Chooses a row's first neighbours from those that its clusters gave. */
        void chooseFrom(int row, RowLists near) {
            candidates.clear();
            for (int i = 0; i < near.size(row); i++) {
                candidates.add(near.get(row, i));
            }
            candidates.sortOutRepeated();
            scoreCandidates(row);
            choose(row);
        }

        /** Adds the links that come back to a row's list, and chooses again where they are too many. */
        void merge(int row, RowLists waiting) {
            candidates.clear();
            addOwnList(row);
            for (int i = 0; i < waiting.size(row); i++) {
                candidates.add(waiting.get(row, i));
            }
            candidates.sortOutRepeated();
            if (candidates.count() <= GraphLayout.DEGREE) {
                for (int i = 0; i < GraphLayout.DEGREE; i++) {
                    list[i] = i < candidates.count() ? candidates.row(i) : -1;
                }
                writeList(row);
                return;
            }
            scoreCandidates(row);
            choose(row);
        }

        /** Looks for better neighbours of a row by searching the draft for it, and keeps the nearest that were not chosen as spares. */
        void refine(Graph draft, int row, RowLists spares) {
            code.prepareRow(base.codes(), codesAt(row));
            var _ = search.search(draft, code, REFINING_BEAM, GraphLayout.DEGREE, StopSignal.NEVER);
            candidates.clear();
            for (int i = 0; i < search.count(); i++) {
                if (search.row(i) != row) {
                    candidates.add(search.row(i));
                }
            }
            addOwnList(row);
            candidates.sortOutRepeated();
            scoreCandidates(row);
            choose(row);
            for (int i = 0; i < candidates.count(); i++) {
                if (candidates.isDropped(i)) {
                    spares.add(row, candidates.row(i));
                }
            }
        }

        /** Gives the places that are left in a row's list to its spares, nearest first. */
        void fill(int row, RowLists spares) {
            readList(row);
            int count = 0;
            while (count < list.length && list[count] >= 0) {
                count++;
            }
            for (int i = 0; i < spares.size(row) && count < list.length; i++) {
                int spare = spares.get(row, i);
                if (!isListed(spare, count)) {
                    list[count++] = spare;
                }
            }
            writeList(row);
        }

        private boolean isListed(int neighbour, int count) {
            for (int i = 0; i < count; i++) {
                if (list[i] == neighbour) {
                    return true;
                }
            }
            return false;
        }

        private void addOwnList(int row) {
            for (int i = 0; i < GraphLayout.DEGREE; i++) {
                int neighbour = lists.get(ValueLayout.JAVA_INT, row * GraphLayout.LIST_BYTES + 4L * i);
                if (neighbour < 0) {
                    break;
                }
                candidates.add(neighbour);
            }
        }

        /** Scores the candidates by the 7-bit codes, nearest first. */
        private void scoreCandidates(int row) {
            codeKernel.load(base.codes(), codesAt(row), even, odd);
            candidates.score(base.codes(), layout, codeKernel, even, odd, scale(row), sum(row), norm(row));
        }

        /** Writes those of the scored candidates that no nearer chosen one is nearer to. */
        private void choose(int row) {
            int chosen = 0;
            for (int i = 0; i < candidates.count() && chosen < GraphLayout.DEGREE; i++) {
                if (candidates.isDropped(i)) {
                    continue;
                }
                int neighbour = candidates.row(i);
                list[chosen++] = neighbour;
                codeKernel.load(base.codes(), codesAt(neighbour), even, odd);
                candidates.dropNearerTo(
                        i,
                        base.codes(),
                        layout,
                        codeKernel,
                        even,
                        odd,
                        scale(neighbour),
                        sum(neighbour),
                        norm(neighbour));
            }
            Arrays.fill(list, chosen, list.length, -1);
            writeList(row);
        }

        private void readList(int row) {
            MemorySegment.copy(lists, ValueLayout.JAVA_INT, row * GraphLayout.LIST_BYTES, list, 0, GraphLayout.DEGREE);
        }

        private void writeList(int row) {
            MemorySegment.copy(list, 0, lists, ValueLayout.JAVA_INT, row * GraphLayout.LIST_BYTES, GraphLayout.DEGREE);
        }

        /** Writes a row's block for searches by distance. */
        void writeDraft(Graph draft, int row) {
            blocks.write(lists, row * GraphLayout.LIST_BYTES, draft.memory(), row, false);
        }
    }
}
