package io.knarr.server.engine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A graph in a file: its lists of neighbours, whatever its mode. The rest is made from them and the codes beside them. Two sections,
 * numbers in the order of the machine:
 *
 * <pre>
 * graph        [neighbours in a list: int32 = 32][linked rows: int32], the first rows of the codes
 * graph-lists  for each linked row 32 x int32 row numbers below the number of linked rows; after the last one -1
 * </pre>
 */
final class GraphSections {
    private static final String HEAD_SECTION = "graph";
    private static final String LISTS_SECTION = "graph-lists";
    private static final int CHUNK_ROWS = (int) (MappedSection.CHUNK_BYTES / GraphLayout.LIST_BYTES);

    private GraphSections() {}

    /**
     * Writes a graph over as many of its rows as are below {@code rows}, which have codes in the file; links to others are left out.
     *
     * @throws SegmentException if the lists are themselves a file's and that is damaged
     */
    static void write(Graph graph, SectionSink sink, String prefix, int rows) throws IOException {
        int linked = Math.min(graph.rowCount(), rows);
        sink.begin(prefix + HEAD_SECTION);
        sink.write(MemorySegment.ofArray(new int[] {GraphLayout.DEGREE, linked}));
        sink.begin(prefix + LISTS_SECTION);
        int[] lists = new int[CHUNK_ROWS * GraphLayout.DEGREE];
        for (int first = 0; first < linked; first += CHUNK_ROWS) {
            int count = Math.min(CHUNK_ROWS, linked - first);
            Arrays.fill(lists, -1);
            for (int i = 0; i < count; i++) {
                copyList(graph, first + i, linked, lists, i * GraphLayout.DEGREE);
            }
            sink.write(MemorySegment.ofArray(lists).asSlice(0, count * GraphLayout.LIST_BYTES));
        }
    }

    private static void copyList(Graph graph, int row, int linked, int[] target, int from) {
        int at = from;
        long list = graph.neighboursOf(row);
        for (int i = 0; i < GraphLayout.DEGREE; i++) {
            int neighbour = graph.memory().get(ValueLayout.JAVA_INT, list + 4L * i);
            if (neighbour >= 0 && neighbour < linked) {
                target[at++] = neighbour;
            }
        }
    }

    /**
     * Opens what {@link #write} wrote, as a compact graph; the lists stay where they are. Returns null where no graph was written.
     *
     * @param coded the rows' codes, of the same file
     * @param memory where the sample of entries goes
     * @throws SegmentException if a section is missing or damaged, or links rows that have no codes
     */
    static @Nullable Graph open(SectionSource source, String prefix, CodedRows coded, NativeMemory memory) {
        if (!source.has(prefix + HEAD_SECTION)) {
            return null;
        }
        MemorySegment head = source.read(prefix + HEAD_SECTION);
        MappedSection lists = source.map(prefix + LISTS_SECTION);
        if (head.byteSize() != 2 * Integer.BYTES || head.get(ValueLayout.JAVA_INT, 0) != GraphLayout.DEGREE) {
            throw SegmentException.damaged("Graph has lists of another length");
        }
        int linked = head.get(ValueLayout.JAVA_INT, Integer.BYTES);
        CodeBlock[] blocks = coded.blocks();
        if (linked < 1 || blocks.length == 0 || linked > blocks[0].capacity()) {
            throw SegmentException.damaged("Graph links rows that have no codes, rowCount=" + linked);
        }
        if (lists.byteSize() != linked * GraphLayout.LIST_BYTES) {
            throw SegmentException.damaged("Section of neighbours has another size, bytes=" + lists.byteSize());
        }
        return new Graph(
                GraphMode.COMPACT,
                linked,
                blocks[0],
                new GraphLayout(coded.layout().size()),
                lists.memory(),
                new EntrySample(coded.layout(), blocks[0], linked, memory),
                new MappedLists(lists, linked));
    }
}
