package io.knarr.client;

import static io.knarr.client.Filters.and;
import static io.knarr.client.Filters.atLeast;
import static io.knarr.client.Filters.contains;
import static io.knarr.client.Filters.containsAll;
import static io.knarr.client.Filters.eq;
import static io.knarr.client.Filters.exists;
import static io.knarr.client.Filters.geoBox;
import static io.knarr.client.Filters.geoPolygon;
import static io.knarr.client.Filters.geoRadius;
import static io.knarr.client.Filters.hasId;
import static io.knarr.client.Filters.hasVector;
import static io.knarr.client.Filters.in;
import static io.knarr.client.Filters.isEmpty;
import static io.knarr.client.Filters.isNull;
import static io.knarr.client.Filters.nested;
import static io.knarr.client.Filters.not;
import static io.knarr.client.Filters.or;
import static io.knarr.client.Filters.prefix;
import static io.knarr.client.Filters.range;
import static io.knarr.client.Filters.regex;
import static io.knarr.client.Filters.under;
import static io.knarr.client.Filters.valuesCount;
import static io.knarr.client.Filters.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of filter, as a server answers it: searches, lists and counts agree on which records match. */
@Timeout(120)
class FilterEndToEndTest {
    private static final String UUID_KEY = "0190b5a0-0000-7000-8000-000000000000";
    private static final Instant MONDAY = Instant.parse("2026-01-05T00:00:00.000000001Z");
    private static final long BEYOND_DOUBLES = (1L << 53) + 1;

    @TempDir
    private static Path directory;

    private static KnarrServer server;
    private static KnarrClient client;
    private static CollectionHandle books;

    @BeforeAll
    static void start() {
        server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
        client = KnarrClient.connect("127.0.0.1:" + server.grpcPort());
        client.collections().create("books", CollectionSchema.of(1, Metric.DOT));
        books = client.collection("books");
        books.upsert(
                book(RecordKey.of("a"))
                        .field("year", 1851)
                        .field("price", 12.5)
                        .field("title", "alpha")
                        .field("sold", true)
                        .field("read", MONDAY)
                        .field("tags", List.of("sea", "whale"))
                        .field("author", Map.of("name", "Ann"))
                        .field("place", GeoPoint.of(179.9, 60))
                        .field("shelf", "/fiction/sea")
                        .field("blurb", "Call me Ishmael. Some years ago")
                        .field("copies", List.of(Map.of("shelf", 1, "lent", true), Map.of("shelf", 2, "lent", false)))
                        .build(),
                book(RecordKey.of("b"))
                        .field("year", 1854)
                        .field("price", 8.0)
                        .field("title", "beta")
                        .field("sold", false)
                        .field("read", MONDAY.plusNanos(1))
                        .field("tags", List.of("pond"))
                        .field("copies", List.of(Map.of("shelf", 2, "lent", true)))
                        .field("place", GeoPoint.of(-179.9, 60))
                        .field("shelf", "/fiction")
                        .field("blurb", "I went to the woods some years ago")
                        .build(),
                book(RecordKey.of("c"))
                        .field("year", BEYOND_DOUBLES)
                        .field("title", "gamma")
                        .field("tags", List.of())
                        .build(),
                book(RecordKey.of("d")).field("price", null).build(),
                book(RecordKey.of(7)).field("year", 1900).build(),
                book(RecordKey.of(UUID.fromString(UUID_KEY)))
                        .field("year", 1999)
                        .field("title", "beta")
                        .build());
    }

    private static KnarrRecord.Builder book(RecordKey id) {
        return KnarrRecord.builder().id(id).vector(1);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    static List<Arguments> filters() {
        return List.of(
                arguments("integer", eq("year", 1851), List.of("a")),
                arguments("integer beyond doubles", eq("year", BEYOND_DOUBLES), List.of("c")),
                arguments("its neighbour", eq("year", BEYOND_DOUBLES - 1), List.of()),
                arguments("number", eq("price", 12.5), List.of("a")),
                arguments("text", eq("title", "beta"), List.of("b", UUID_KEY)),
                arguments("truth", eq("sold", false), List.of("b")),
                arguments("instant", eq("read", MONDAY), List.of("a")),
                arguments("list element", eq("tags", "whale"), List.of("a")),
                arguments("nested", eq("author.name", "Ann"), List.of("a")),
                arguments("membership", in("title", "alpha", "gamma", "delta"), List.of("a", "c")),
                arguments("closed and open bound", range("year").gte(1854).lt(1999), List.of("b", "7")),
                arguments("open and closed bound", range("year").gt(1854).lte(1999), List.of("7", UUID_KEY)),
                arguments("both of a side", range("year").gt(1851).gte(1900).lt(2000), List.of("7", UUID_KEY)),
                arguments("range beyond doubles", range("year").gt(BEYOND_DOUBLES - 1), List.of("c")),
                arguments("integer bound, numbers", range("price").gte(8), List.of("a", "b")),
                arguments("number bound, integers", range("year").lt(1851.5), List.of("a")),
                arguments("text range", range("title").gte("beta"), List.of("b", "c", UUID_KEY)),
                arguments("instant range", range("read").gt(MONDAY), List.of("b")),
                arguments(
                        "ids",
                        hasId(
                                RecordKey.of("a"),
                                RecordKey.of(7),
                                RecordKey.of("7"),
                                RecordKey.of(UUID.fromString(UUID_KEY))),
                        List.of("a", "7", UUID_KEY)),
                arguments("exists, not by an empty list", exists("tags"), List.of("a", "b")),
                arguments("exists, not by null", exists("price"), List.of("a", "b")),
                arguments("nothing there", not(exists("year")), List.of("d")),
                arguments("complement", not(eq("title", "beta")), List.of("a", "c", "d", "7")),
                arguments("all", and(), List.of("a", "b", "c", "d", "7", UUID_KEY)),
                arguments("none", or(), List.of()),
                arguments("and", and(eq("title", "beta"), range("year").lt(1900)), List.of("b")),
                arguments("or", or(eq("sold", false), hasId(RecordKey.of("d"))), List.of("b", "d")),
                arguments(
                        "two of three",
                        atLeast(2, exists("tags"), eq("year", 1851), eq("sold", false)),
                        List.of("a", "b")),
                arguments("null or missing", isNull("price"), List.of("c", "d", "7", UUID_KEY)),
                arguments("empty", isEmpty("tags"), List.of("c", "d", "7", UUID_KEY)),
                arguments("not null", not(isNull("tags")), List.of("a", "b", "c")),
                arguments("prefix", prefix("title", "be"), List.of("b", UUID_KEY)),
                arguments("substring", contains("title", "mm"), List.of("c")),
                arguments("substring of an element", contains("tags", "hal"), List.of("a")),
                arguments("expression", regex("title", "^(alpha|gamma)$"), List.of("a", "c")),
                arguments("all elements", containsAll("tags", "whale", "sea"), List.of("a")),
                arguments(
                        "not all elements",
                        not(containsAll("tags", "whale", "sea")),
                        List.of("b", "c", "d", "7", UUID_KEY)),
                arguments("how many", valuesCount("tags").gte(1).lt(2), List.of("b")),
                arguments("none of them", valuesCount("tags").lte(0), List.of("c")),
                arguments("a vector", hasVector("default"), List.of("a", "b", "c", "d", "7", UUID_KEY)),
                arguments("no vector", not(hasVector("default")), List.of()),
                arguments(
                        "circle across the antimeridian",
                        geoRadius("place", GeoPoint.of(179.9, 60), 11_200),
                        List.of("a", "b")),
                arguments("smaller circle", geoRadius("place", GeoPoint.of(179.9, 60), 11_000), List.of("a")),
                arguments("box", geoBox("place", GeoPoint.of(179.9, 59), GeoPoint.of(-179.95, 60)), List.of("a")),
                arguments(
                        "polygon",
                        geoPolygon("place", GeoPoint.of(179, 59), GeoPoint.of(-179, 59), GeoPoint.of(180, 62))
                                .hole(GeoPoint.of(-179.8, 59.9), GeoPoint.of(-180, 59.9), GeoPoint.of(-179.9, 60.2)),
                        List.of("a")),
                arguments("subtree", under("shelf", "/fiction"), List.of("a", "b")),
                arguments("its root", under("shelf", "/fiction/").maxDepth(0), List.of("b")),
                arguments("no subtree", not(under("shelf", "/fiction/s")), List.of("a", "b", "c", "d", "7", UUID_KEY)),
                arguments("words", words("blurb", "AGO some", Filter.Words.ALL), List.of("a", "b")),
                arguments("any word", words("blurb", "ishmael absent", Filter.Words.ANY), List.of("a")),
                arguments("phrase", words("blurb", "the woods", Filter.Words.PHRASE), List.of("b")),
                arguments("one object", nested("copies", and(eq("shelf", 2), eq("lent", true))), List.of("b")),
                arguments("two objects", and(eq("copies.shelf", 2), eq("copies.lent", true)), List.of("a", "b")),
                arguments(
                        "deep",
                        not(or(not(and(exists("title"), not(eq("tags", "sea")))), eq("title", "gamma"))),
                        List.of("b", UUID_KEY)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void everyReadFindsTheSameRecords(String name, Filter filter, List<String> expected) {
        assertThat(books.search(Search.nearest(1).filter(filter)).hits().stream()
                        .map(hit -> hit.id().toString()))
                .as("search: %s", name)
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(books.listAll(ListQuery.ALL.filter(filter)).stream()
                        .map(record -> record.id().orElseThrow().toString()))
                .as("list: %s", name)
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(books.count(filter)).as("count: %s", name).isEqualTo(expected.size());
    }
}
