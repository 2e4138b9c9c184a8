package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.BatchSearchRequest;
import io.knarr.v1.BatchSearchResponse;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.Example;
import io.knarr.v1.GroupBy;
import io.knarr.v1.HybridPart;
import io.knarr.v1.HybridQuery;
import io.knarr.v1.Metric;
import io.knarr.v1.Mmr;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every question that a search can ask, against a whole server. */
@Timeout(120)
class SearchQuestionsEndToEndTest {
    private static final String DOCS = "docs";

    private KnarrServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() {
        server = KnarrServer.start(
                ServerSettings.of(Map.of("store.in-memory", "true", "grpc.port", "0", "http.port", "0")));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(DOCS)
                        .setSchema(Schema.newBuilder()
                                .addVectors(
                                        VectorSpec.newBuilder().setDimension(2).setMetric(Metric.METRIC_EUCLID)))
                        .build());
        var _ = RecordServiceGrpc.newBlockingStub(channel)
                .upsertRecords(UpsertRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addRecords(record("a", 0, 0, "x"))
                        .addRecords(record("b", 0, 1, "x"))
                        .addRecords(record("c", 0, 2, "y"))
                        .addRecords(record("d", 5, 0, "y"))
                        .build());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private static Record record(String id, float x, float y, String kind) {
        return Record.newBuilder()
                .setId(id(id))
                .putVectors("default", vector(x, y))
                .putFields("kind", Value.newBuilder().setStringValue(kind).build())
                .build();
    }

    private static RecordId id(String id) {
        return RecordId.newBuilder().setStringId(id).build();
    }

    private static Vector vector(float x, float y) {
        return Vector.newBuilder().addValues(x).addValues(y).build();
    }

    private SearchResponse search(SearchRequest.Builder request) {
        return SearchServiceGrpc.newBlockingStub(channel)
                .search(request.setCollection(DOCS).build());
    }

    private static List<String> ids(List<SearchHit> hits) {
        return hits.stream().map(hit -> hit.getId().getStringId()).toList();
    }

    @Test
    void whatIsLikeARecordLeavesItOut() {
        assertThat(ids(search(SearchRequest.newBuilder().setLikeId(id("b")).setLimit(2))
                        .getHitsList()))
                .containsExactly("a", "c");
    }

    @Test
    void whatIsRecommendedIsNearTheGoodAndFarFromTheBad() {
        RecommendQuery recommend = RecommendQuery.newBuilder()
                .addPositives(Example.newBuilder().setId(id("b")))
                .addNegatives(Example.newBuilder().setVector(vector(0, 0)))
                .build();
        // The mean of the good, moved as far from the mean of the bad: (0, 2).
        assertThat(ids(search(SearchRequest.newBuilder().setRecommend(recommend))
                        .getHitsList()))
                .containsExactly("c", "a", "d");
    }

    @Test
    void aThresholdOfADistanceIsItsGreatest() {
        assertThat(ids(search(SearchRequest.newBuilder().setVector(vector(0, 0)).setScoreThreshold(1))
                        .getHitsList()))
                .containsExactly("a", "b");
    }

    @Test
    void groupsHaveTheirHits() {
        SearchResponse response = search(SearchRequest.newBuilder()
                .setVector(vector(0, 2))
                .setGroupBy(GroupBy.newBuilder().setField("kind").setSize(2)));
        assertThat(response.getHitsList()).isEmpty();
        assertThat(response.getGroupsList().stream()
                        .map(group -> group.getValue().getStringValue() + ids(group.getHitsList()))
                        .toList())
                .containsExactly("y[c, d]", "x[b, a]");
    }

    @Test
    void diverseHitsAreFarFromEachOther() {
        assertThat(ids(search(SearchRequest.newBuilder()
                                .setVector(vector(0, 0))
                                .setLimit(2)
                                .setMmr(Mmr.newBuilder().setLambda(0.3)))
                        .getHitsList()))
                .containsExactly("a", "d");
    }

    @Test
    void partsOfAHybridSearchAreFusedByTheirRanks() {
        HybridQuery hybrid = HybridQuery.newBuilder()
                .addParts(HybridPart.newBuilder().setVector(vector(0, 0)).setLimit(2))
                .addParts(HybridPart.newBuilder().setLikeId(id("a")).setLimit(2))
                .build();
        SearchResponse response =
                search(SearchRequest.newBuilder().setHybrid(hybrid).setExplain(true));
        // b is second of the first part and first of the second: more than a's first place alone.
        assertThat(ids(response.getHitsList())).containsExactly("b", "a", "c");
        assertThat(response.getHits(0).getScore()).isEqualTo(1.0 / 62 + 1.0 / 61);
        assertThat(response.getExplanation().getPlan()).isEqualTo("hybrid-reciprocal-rank");
        assertThat(response.getExplanation().getMetric()).isEqualTo(Metric.METRIC_UNSPECIFIED);
    }

    @Test
    void searchesOfABatchSucceedAndFailAlone() {
        BatchSearchResponse response = SearchServiceGrpc.newBlockingStub(channel)
                .batchSearch(BatchSearchRequest.newBuilder()
                        .setCollection(DOCS)
                        .addSearches(SearchRequest.newBuilder().setLikeId(id("nobody")))
                        .addSearches(SearchRequest.newBuilder().setVector(vector(0, 0)))
                        .addSearches(SearchRequest.newBuilder().setCollection("other"))
                        .build());
        assertThat(response.getResults(0).getError().getReason()).isEqualTo("RECORD_NOT_FOUND");
        assertThat(response.getResults(0).getError().getField()).isEqualTo("like_id");
        assertThat(ids(response.getResults(1).getResponse().getHitsList())).containsExactly("a", "b", "c", "d");
        assertThat(response.getResults(2).getError().getField()).isEqualTo("collection");
    }
}
