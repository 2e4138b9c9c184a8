package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A schema that grows over real gRPC, and is still grown after a restart. */
@Timeout(120)
class CollectionGrowthEndToEndTest {
    private static final CollectionSchema.Field YEAR = new CollectionSchema.Field("year", FieldType.INT64, false);
    private static final CollectionSchema.Field ITEMS = new CollectionSchema.Field(
            "items", FieldType.OBJECT, true, List.of(new CollectionSchema.Field("place", FieldType.GEO, false)));

    @TempDir
    private Path directory;

    private KnarrServer serve() {
        return KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
    }

    @Test
    void theDefaultTimeToLiveChangesAndACollectionNeedsNoVector() {
        try (KnarrServer server = serve();
                KnarrClient client = KnarrClient.connect("127.0.0.1:" + server.grpcPort())) {
            CollectionInfo created = client.collections()
                    .create(
                            "notes",
                            CollectionSchema.builder()
                                    .field("year", FieldType.INT64)
                                    .build());
            assertThat(created.schema().vectors()).isEmpty();
            assertThat(created.defaultTtl()).isEmpty();
            Duration week = Duration.ofDays(7);
            assertThat(client.collections()
                            .changeDefaultTtl("notes", Optional.of(week))
                            .defaultTtl())
                    .contains(week);
            client.collection("notes")
                    .upsert(KnarrRecord.builder()
                            .id(RecordKey.of(1))
                            .field("year", 1851)
                            .build());
            assertThat(client.collection("notes").count(Filters.range("year").gte(1800)))
                    .isEqualTo(1);
            assertThat(client.collections()
                            .changeDefaultTtl("notes", Optional.empty())
                            .defaultTtl())
                    .isEmpty();
        }
    }

    @Test
    void fieldsAndVectorsComeWhileItServes() {
        try (KnarrServer server = serve();
                KnarrClient client = KnarrClient.connect("127.0.0.1:" + server.grpcPort())) {
            client.collections().create("books", CollectionSchema.of(1, Metric.DOT));
            CollectionHandle books = client.collection("books");
            books.upsert(KnarrRecord.builder()
                    .id(RecordKey.of(1))
                    .vector(1)
                    .field("year", "1851")
                    .build());
            KnarrException refusal = catchThrowableOfType(
                    KnarrException.class, () -> client.collections().grow("books", List.of(YEAR), List.of()));
            assertThat(refusal.reason()).isEqualTo("FIELD_IN_USE");

            books.upsert(KnarrRecord.builder()
                    .id(RecordKey.of(1))
                    .vector(1)
                    .field("year", 1851)
                    .build());
            CollectionSchema grown = client.collections()
                    .grow(
                            "books",
                            List.of(YEAR, ITEMS),
                            List.of(new CollectionSchema.Vector("title", 2, Metric.COSINE)))
                    .schema();
            assertThat(grown.fields()).containsExactly(YEAR, ITEMS);
            assertThat(grown.vectors()).hasSize(2);
            books.upsert(KnarrRecord.builder()
                    .id(RecordKey.of(2))
                    .vector("title", 0, 1)
                    .field("items", List.of(Map.of("place", GeoPoint.of(10, 60))))
                    .build());
        }
        try (KnarrServer server = serve();
                KnarrClient client = KnarrClient.connect("127.0.0.1:" + server.grpcPort())) {
            CollectionHandle books = client.collection("books");
            assertThat(client.collections().get("books").schema().fields()).containsExactly(YEAR, ITEMS);
            assertThat(books.count(Filters.hasVector("title"))).isEqualTo(1);
            assertThat(books.count(Filters.nested("items", Filters.geoRadius("place", GeoPoint.of(10, 60), 1))))
                    .isEqualTo(1);
            assertThat(books.count(Filters.range("year").gte(1800))).isEqualTo(1);
        }
    }
}
