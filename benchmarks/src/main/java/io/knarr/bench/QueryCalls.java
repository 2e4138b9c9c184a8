package io.knarr.bench;

import io.knarr.server.index.AccountBackend;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.CursorPosition;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.ListQuery;
import io.knarr.server.model.Page;
import io.knarr.server.model.Question;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.server.model.Selection;
import io.knarr.server.model.Slice;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;

/** Measures calls other than filters, on an account's backend and one thread. */
final class QueryCalls {
    private static final int DIMENSION = 16;
    private static final int LIMIT = 10;
    private static final int PART_LIMIT = 100;
    private static final int PAGE_SIZE = 1_000;
    private static final long PAGE_BYTES = 64L << 20;
    private static final double MAX_SCROLL_SECONDS = 20;
    private static final double TOLERANCE = 1e-5;

    private final AccountBackend backend;
    private final String collection;
    private final int records;
    private final int repeats;

    QueryCalls(AccountBackend backend, String collection, int records, int repeats) {
        this.backend = backend;
        this.collection = collection;
        this.records = records;
        this.repeats = repeats;
    }

    private SearchResult search(Question question) {
        return backend.search(
                new SearchQuery(
                        collection,
                        question,
                        Optional.empty(),
                        LIMIT,
                        0,
                        new Selection.None(),
                        new Selection.None(),
                        false,
                        false,
                        Refinement.NONE),
                Long.MAX_VALUE,
                CallDeadline.NONE);
    }

    /** Sparse searches, beside a loop over all rows; the scores must be the same. */
    Map<String, Object> sparse(SparseRows rows) {
        for (int query = 0; query < QueryTimes.MIN_REPEATS; query++) {
            double[] expected = rows.best(SparseRows.query(query), LIMIT);
            var hits = search(new Question.Nearest(Optional.of("sparse"), SparseRows.query(query)))
                    .hits();
            for (int rank = 0; rank < hits.size(); rank++) {
                double difference = Math.abs(hits.get(rank).score() - expected[rank]);
                if (difference > TOLERANCE * Math.max(1, expected[rank])) {
                    throw new IllegalStateException("A sparse search did not find what a loop found");
                }
            }
        }
        QueryTimes brute = QueryTimes.of(repeats, query -> {
            var _ = rows.best(SparseRows.query(query), LIMIT);
        });
        QueryTimes times = QueryTimes.of(repeats, query -> {
            var _ = search(new Question.Nearest(Optional.of("sparse"), SparseRows.query(query)));
        });
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("p50_us", times.percentile(0.5));
        figures.put("p99_us", times.percentile(0.99));
        figures.put("brute_p50_us", brute.percentile(0.5));
        return figures;
    }

    private static Question words(Map<String, Integer> query) {
        return new Question.Words("text", String.join(" ", query.keySet()));
    }

    /** Searches by words, as calls. */
    Map<String, Object> words(List<Map<String, Integer>> queries) {
        return figures(QueryTimes.of(repeats, query -> {
            var _ = search(words(queries.get(query % queries.size())));
        }));
    }

    private static Map<String, Object> figures(QueryTimes times) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("p50_us", times.percentile(0.5));
        figures.put("p99_us", times.percentile(0.99));
        return figures;
    }

    /** Searches by words and a dense vector, fused. */
    Map<String, Object> hybrid(List<Map<String, Integer>> queries) {
        Random random = new Random(5);
        return figures(QueryTimes.of(repeats, query -> {
            float[] vector = new float[DIMENSION];
            QueryBench.fill(vector, random);
            var _ = search(new Question.Hybrid(
                    List.of(
                            part(words(queries.get(query % queries.size()))),
                            part(new Question.Nearest(Optional.of("default"), VectorData.of(vector)))),
                    new Fusion.ReciprocalRank(Fusion.ReciprocalRank.DEFAULT_K)));
        }));
    }

    private static Question.HybridPart part(Question question) {
        return new Question.HybridPart(question, Optional.empty(), PART_LIMIT, 1);
    }

    /** Reads records with their fields, page after page. */
    Map<String, Object> scroll() {
        ListQuery query = new ListQuery(
                collection,
                Optional.empty(),
                Optional.empty(),
                Slice.WHOLE,
                PAGE_SIZE,
                PAGE_BYTES,
                new Selection.All(),
                new Selection.None());
        long startedAt = System.nanoTime();
        long rows = 0;
        Optional<CursorPosition> from = Optional.empty();
        do {
            Page<StoredRecord, CursorPosition> page = backend.list(query, from, CallDeadline.NONE);
            rows += page.items().size();
            from = page.next();
        } while (from.isPresent() && QueryTimes.micros(startedAt) < MAX_SCROLL_SECONDS * 1e6);
        if (from.isEmpty() && rows != records) {
            throw new IllegalStateException("Listed " + rows + " and not " + records);
        }
        return Map.of("rows_per_s", ResultLine.rounded(rows / QueryTimes.micros(startedAt) * 1e6));
    }

    /** The mean of one field by the values of another. */
    Map<String, Object> aggregate() {
        SequencedMap<String, Aggregation> nested = new LinkedHashMap<>();
        nested.put("mean", new Aggregation.Average("number"));
        SequencedMap<String, Aggregation> groups = new LinkedHashMap<>();
        groups.put("levels", new Aggregation.Groups("level", LIMIT, nested));
        return figures(QueryTimes.of(repeats, _ -> {
            var _ = backend.aggregate(collection, Optional.empty(), groups, CallDeadline.NONE);
        }));
    }
}
