package io.knarr.client;

import static io.knarr.client.Filters.eq;
import static io.knarr.client.Filters.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be asked beside the nearest to a vector, and lists in an order and in parts, as a server answers them. */
@Timeout(120)
class SearchEndToEndTest {
    @TempDir
    private static Path directory;

    private static KnarrServer server;
    private static KnarrClient client;
    private static CollectionHandle points;

    @BeforeAll
    static void start() {
        server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
        client = KnarrClient.connect("127.0.0.1:" + server.grpcPort());
        client.collections().create("points", CollectionSchema.of(2, Metric.EUCLID));
        points = client.collection("points");
        points.upsert(
                point("a", 0, 0, "red", 3),
                point("b", 1, 0, "red", 1),
                point("c", 2, 0, "blue", 2),
                point("d", 10, 0, "blue", 2),
                point("e", 11, 0, "green", 5));
    }

    private static KnarrRecord point(String id, float x, float y, String colour, long size) {
        return KnarrRecord.builder()
                .id(id)
                .vector(x, y)
                .field("colour", colour)
                .field("size", size)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static List<String> ids(SearchReply reply) {
        return ids(reply.hits());
    }

    private static List<String> ids(List<Hit> hits) {
        return hits.stream().map(hit -> hit.id().toString()).toList();
    }

    private static List<String> listed(ListQuery query) {
        return points.listAll(query).stream()
                .map(record -> record.id().orElseThrow().toString())
                .toList();
    }

    @Test
    void recordsLikeAnExampleAreFoundAndTheExampleIsNot() {
        assertThat(ids(points.search(Search.like("d").limit(2)))).containsExactly("e", "c");
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> points.search(Search.like("nobody")))
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo("RECORD_NOT_FOUND"));
    }

    @Test
    void recommendationsGoTowardsSomeExamplesAndAwayFromOthers() {
        // 2 * 0.5 - 10: everything else is nearer to a and b than to d.
        assertThat(ids(points.search(
                        Search.recommend(Recommendation.of("a", "b").unlike("d"))
                                .limit(1))))
                .containsExactly("c");
        assertThat(ids(points.search(
                        Search.recommend(Recommendation.of("a").unlike(11, 0).byBestScore()))))
                .containsExactly("b", "c", "d", "e");
    }

    @Test
    void answersToSeveralQuestionsAreFused() {
        Hybrid both = Hybrid.of(Search.nearest(0, 0).limit(2))
                .and(Search.nearest(11, 0).filter(eq("colour", "green")), 5);

        assertThat(ids(points.search(Search.hybrid(both).limit(2)))).containsExactly("e", "a");
        assertThat(ids(points.search(Search.hybrid(both.byWeights()).limit(2)))).containsExactly("e", "a");
        assertThat(points.search(Search.hybrid(both.byDistribution()).explain())
                        .explanation()
                        .orElseThrow())
                .satisfies(explanation -> {
                    assertThat(explanation.plan()).isEqualTo("hybrid-distribution-based");
                    assertThat(explanation.metric()).isEmpty();
                });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Hybrid.of(Search.nearest(0, 0).offset(1)))
                .withMessageContaining("nothing else");
    }

    @Test
    void hitsHaveAThresholdGroupsAndDifferences() {
        Search nearOrigin = Search.nearest(0, 0);

        assertThat(ids(points.search(nearOrigin.threshold(2)))).containsExactly("a", "b", "c");
        assertThat(points.search(nearOrigin.groupBy("colour", 2).limit(2)).groups())
                .satisfiesExactly(
                        red -> {
                            assertThat(red.value()).isEqualTo("red");
                            assertThat(ids(red.hits())).containsExactly("a", "b");
                        },
                        blue -> {
                            assertThat(blue.value()).isEqualTo("blue");
                            assertThat(ids(blue.hits())).containsExactly("c", "d");
                        });
        assertThat(ids(points.search(nearOrigin.diverse(0.1).limit(2)))).containsExactly("a", "e");
    }

    @Test
    void aBatchAnswersEachOfItsSearchesByItself() {
        List<BatchAnswer> answers = points.searchAll(List.of(
                Search.nearest(0, 0).limit(1),
                Search.nearest(1),
                Search.nearest(11, 0).limit(1)));

        assertThat(ids(answers.get(0).orThrow())).containsExactly("a");
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> answers.get(1).orThrow())
                .satisfies(failure -> {
                    assertThat(failure.reason()).isEqualTo("DIMENSION_MISMATCH");
                    assertThat(failure.field()).contains("vector");
                });
        assertThat(ids(answers.get(2).orThrow())).containsExactly("e");
    }

    @Test
    void listsComeInAnOrderAndInParts() {
        assertThat(listed(ListQuery.ALL.orderBy("size").pageSize(2))).containsExactly("b", "c", "d", "a", "e");
        assertThat(listed(ListQuery.ALL
                        .orderByDescending("size")
                        .filter(range("size").lt(4))))
                .containsExactly("a", "c", "d", "b");
        List<String> first = listed(ListQuery.ALL.slice(0, 2));
        List<String> second = listed(ListQuery.ALL.slice(1, 2));
        assertThat(first).doesNotContainAnyElementsOf(second);
        assertThat(first.size() + second.size()).isEqualTo(5);
        assertThat(points.get("c").orElseThrow().fields().integer("size")).isEqualTo(OptionalLong.of(2));
        assertThatIllegalArgumentException().isThrownBy(() -> ListQuery.ALL.slice(2, 2));
    }

    @Test
    void aggregatesAreOfAllOrOfWhatMatches() {
        AggregateReply reply = points.aggregate(Map.of(
                "sizes", Aggregate.sum("size"),
                "colours", Aggregate.groups("colour", 2).with("largest", Aggregate.max("size")),
                "halves", Aggregate.histogram("size", 2)));

        assertThat(reply.matchedCount()).isEqualTo(5);
        assertThat(reply.result("sizes").asValue()).contains(13L);
        assertThat(reply.result("colours").asBuckets())
                .satisfiesExactly(
                        blue -> {
                            assertThat(blue.key()).isEqualTo("blue");
                            assertThat(blue.count()).isEqualTo(2);
                            assertThat(blue.result("largest").asValue()).contains(2L);
                        },
                        red -> assertThat(red.result("largest").asValue()).contains(3L));
        assertThat(reply.result("halves").asBuckets())
                .extracting(AggregateReply.Bucket::count)
                .containsExactly(1L, 3L, 1L);
        assertThat(points.aggregate(eq("colour", "red"), Map.of("n", Aggregate.count()))
                        .result("n")
                        .asCount())
                .isEqualTo(2);
        assertThatIllegalArgumentException().isThrownBy(() -> reply.result("other"));
    }

    @Test
    void aSampleIsOfWhatMatchesAndComesAgainByItsSeed() {
        SampleReply sample = points.sample(range("size").gte(2), 3, 7);

        assertThat(sample.records())
                .hasSize(3)
                .allMatch(record -> record.fields().integer("size").orElseThrow() >= 2);
        assertThat(points.sample(range("size").gte(2), 3, sample.seed()).records().stream()
                        .map(KnarrRecord::id))
                .containsExactlyElementsOf(
                        sample.records().stream().map(KnarrRecord::id).toList());
        assertThat(points.sample(100).records()).hasSize(5);
    }
}
