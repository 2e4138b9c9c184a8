package io.knarr.server.index;

import io.knarr.server.model.IdHash;
import io.knarr.server.model.RecordId;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Picks records at random: those whose ids have the least hashes under a seed. So each is as likely as any other, and the same records
 * give the same sample, whatever the numbers of their rows are and whatever process is asked. Used by one thread.
 */
final class Sampler {
    private record Candidate(long hash, int row) {}

    private final RowTable.View view;
    private final long seed;
    private final int size;
    private final Comparator<Candidate> order;
    private final PriorityQueue<Candidate> picked;

    Sampler(RowTable.View view, long seed, int size) {
        this.view = view;
        this.seed = seed;
        this.size = size;
        this.order = (a, b) -> {
            int byHash = Long.compareUnsigned(a.hash, b.hash);
            return byHash != 0 ? byHash : view.compareIds(a.row, b.row);
        };
        this.picked = new PriorityQueue<>(order.reversed());
    }

    void add(int row) {
        long hash = IdHash.of(view.ids().sortKey(row), seed);
        if (picked.size() == size) {
            Candidate greatest = picked.element();
            if (Long.compareUnsigned(hash, greatest.hash) > 0
                    || order.compare(new Candidate(hash, row), greatest) > 0) {
                return;
            }
            picked.remove();
        }
        picked.add(new Candidate(hash, row));
    }

    /** Returns the ids of the records picked, in the order of their hashes, which is random too. */
    List<RecordId> ids() {
        return picked.stream()
                .sorted(order)
                .map(candidate -> view.id(candidate.row))
                .toList();
    }
}
