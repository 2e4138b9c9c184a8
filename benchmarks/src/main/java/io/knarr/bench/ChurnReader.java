package io.knarr.bench;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.FieldSelection;
import io.knarr.v1.Filter;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * Searches while a writer replaces all records, and checks every hit: its score is that of the vector that the record had in the version
 * the hit names; that version had not been replaced, as far as a caller could know, when the search began; the record matches the filter; no
 * record comes twice; there are as many as were asked for. For one thread.
 */
final class ChurnReader {
    private static final long CALL_SECONDS = 60;
    private static final int KINDS = 4;

    /** Scores of the server are those of vectors that it normalised in float32. */
    private static final double SCORE_TOLERANCE = 1e-5;

    private final ChurnVersions versions;
    private final GroundTruth scores;
    private final VectorFile queries;
    private final int k;
    private final SearchServiceGrpc.SearchServiceBlockingStub stub;
    private final SplittableRandom random;
    private final Histogram approximate = SearchLoad.histogram();
    private final Histogram exact = SearchLoad.histogram();
    private final Histogram filtered = SearchLoad.histogram();
    private final Map<String, Long> errors = new TreeMap<>();
    private final List<Unknown> unknown = new ArrayList<>();
    private final float[] query;
    private final float[] vector;
    private long torn;
    private long byGraph;

    /** A hit of a version that was not acknowledged yet when it was seen. */
    private record Unknown(long query, SearchHit hit, long startedAt) {}

    ChurnReader(
            ChurnVersions versions,
            GroundTruth scores,
            VectorFile queries,
            int k,
            BenchTarget target,
            ManagedChannel channel,
            String account,
            long seed) {
        this.versions = versions;
        this.scores = scores;
        this.queries = queries;
        this.k = k;
        this.stub = SearchServiceGrpc.newBlockingStub(channel).withInterceptors(target.as(account));
        this.random = new SplittableRandom(seed);
        this.query = new float[queries.dimension()];
        this.vector = new float[queries.dimension()];
    }

    /** Searches until told to stop: half approximate, a quarter exact, a quarter filtered. */
    void run(BooleanSupplier stop) {
        for (int round = 0; !stop.getAsBoolean(); round++) {
            long number = random.nextLong(queries.rows());
            queries.read(number, query);
            int kind = round % KINDS;
            int group = kind == 3 ? random.nextInt(ChurnVersions.GROUPS) : -1;
            long startedAt = System.nanoTime();
            SearchResponse response;
            try {
                response = search(query, kind == 1, group);
            } catch (StatusRuntimeException e) {
                errors.merge(e.getStatus().getCode().name(), 1L, Long::sum);
                continue;
            }
            Histogram latency = kind == 3 ? filtered : kind == 1 ? exact : approximate;
            latency.recordValue(System.nanoTime() - startedAt);
            byGraph += response.getAnswerKind() == AnswerKind.ANSWER_KIND_APPROXIMATE ? 1 : 0;
            check(number, response, group, startedAt);
        }
    }

    /** Searches once; a negative group is none. */
    SearchResponse search(float[] target, boolean exactly, int group) {
        SearchRequest.Builder request = SearchRequest.newBuilder()
                .setCollection(Workload.COLLECTION)
                .setVector(Workload.vector(target))
                .setLimit(k)
                .setExact(exactly)
                .setExplain(true)
                .setFields(FieldSelection.newBuilder().setNone(true));
        if (group >= 0) {
            request.setFilter(Filter.newBuilder()
                    .setEqual(EqualFilter.newBuilder()
                            .setField(ChurnVersions.GROUP_FIELD)
                            .addValues(Value.newBuilder().setInt64Value(group))));
        }
        return stub.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS).search(request.build());
    }

    private void check(long number, SearchResponse response, int group, long startedAt) {
        Set<Long> seen = new HashSet<>();
        if (response.getHitsCount() != k) {
            torn++;
        }
        for (SearchHit hit : response.getHitsList()) {
            long id = hit.getId().getUint64Id();
            boolean foreign = id < 0 || id >= versions.records() || !seen.add(id);
            if (foreign || (group >= 0 && id % ChurnVersions.GROUPS != group)) {
                torn++;
            } else if (versions.stageOf((int) id, hit.getVersion()) == ChurnVersions.UNKNOWN) {
                unknown.add(new Unknown(number, hit, startedAt));
            } else {
                check(query, hit, startedAt);
            }
        }
    }

    private void check(float[] target, SearchHit hit, long startedAt) {
        int record = (int) hit.getId().getUint64Id();
        int stage = versions.stageOf(record, hit.getVersion());
        if (stage == ChurnVersions.UNKNOWN || versions.wasReplacedBefore(record, stage, startedAt)) {
            torn++;
            return;
        }
        versions.read(record, stage, vector);
        if (Math.abs(scores.nearness(target, vector) - hit.getScore()) > SCORE_TOLERANCE) {
            torn++;
        }
    }

    /** Checks what could not be checked before the writer had heard of its last batch. */
    void checkUnknown() {
        for (Unknown seen : unknown) {
            queries.read(seen.query(), query);
            check(query, seen.hit(), seen.startedAt());
        }
        unknown.clear();
    }

    /** Returns how many hits were not what they should be. */
    long torn() {
        return torn;
    }

    /** Returns how many answers came by a graph. */
    long byGraph() {
        return byGraph;
    }

    Map<String, Long> errors() {
        return errors;
    }

    /** Returns the times of approximate searches without a filter, in nanoseconds. */
    Histogram approximate() {
        return approximate;
    }

    Histogram exact() {
        return exact;
    }

    Histogram filtered() {
        return filtered;
    }
}
