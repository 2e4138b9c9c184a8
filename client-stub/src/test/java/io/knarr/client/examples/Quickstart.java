package io.knarr.client.examples;

import static io.knarr.client.Filters.and;
import static io.knarr.client.Filters.eq;
import static io.knarr.client.Filters.range;

import io.grpc.Status;
import io.knarr.client.AccountClient;
import io.knarr.client.CollectionHandle;
import io.knarr.client.CollectionSchema;
import io.knarr.client.Export;
import io.knarr.client.ExportQuery;
import io.knarr.client.FieldType;
import io.knarr.client.Filter;
import io.knarr.client.IngestOptions;
import io.knarr.client.IngestTotals;
import io.knarr.client.IngestWriter;
import io.knarr.client.KnarrClient;
import io.knarr.client.KnarrException;
import io.knarr.client.KnarrRecord;
import io.knarr.client.Metric;
import io.knarr.client.Patch;
import io.knarr.client.Search;
import io.knarr.client.SearchReply;
import io.knarr.client.UpsertTotals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A first look at the client. Run with a server's address; prints what it finds. */
public final class Quickstart {
    private Quickstart() {}

    /** Runs the example against the server at {@code arguments[0]}, by default {@code 127.0.0.1:6334}. */
    public static void main(String... arguments) {
        String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:6334";
        run(address).forEach(IO::println);
    }

    /** Runs the whole example and returns what it has to tell, a line each. */
    static List<String> run(String address) {
        List<String> lines = new ArrayList<>();
        // @start region="connect"
        try (KnarrClient client = KnarrClient.connect(address)) {
            AccountClient acme = client.forAccount("acme");
            // @end
            lines.add("account: " + acme.server().info().accountId());
            createAndSearch(acme, lines);
            lines.add("loaded: " + load(acme.collection("books")).records());
            lines.add("reason: " + misuse(acme.collection("books")));
            lines.add("listed: " + acme.collection("books").listAll().stream().count());
            lines.add("price: " + patch(acme.collection("books")));
            lines.add("ingested: " + ingest(acme.collection("books")).created());
            lines.add("exported: " + export(acme.collection("books")));
            acme.collections().delete("books");
        }
        return lines;
    }

    private static void createAndSearch(AccountClient acme, List<String> lines) {
        // @start region="create"
        acme.collections()
                .create(
                        "books",
                        CollectionSchema.builder()
                                .vector(3, Metric.COSINE)
                                .field("year", FieldType.INT64)
                                .build());
        // @end
        // @start region="upsert"
        CollectionHandle books = acme.collection("books");
        books.upsert(
                KnarrRecord.builder()
                        .id("moby-dick")
                        .vector(0.9f, 0.1f, 0.0f)
                        .field("title", "Moby-Dick")
                        .field("year", 1851)
                        .field("price", 12.5)
                        .field("read", Instant.parse("2026-01-31T20:15:00Z"))
                        .build(),
                KnarrRecord.builder()
                        .id("walden")
                        .vector(0.1f, 0.9f, 0.0f)
                        .field("title", "Walden")
                        .field("year", 1854)
                        .field("tags", List.of("pond", "solitude"))
                        .build());
        // @end
        // @start region="search"
        SearchReply reply = books.search(Search.nearest(1.0f, 0.0f, 0.0f)
                .filter(range("year").gte(1850).lt(1900))
                .limit(5)
                .explain());
        for (var hit : reply.hits()) {
            lines.add(hit.id() + " " + hit.fields().string("title").orElse("untitled") + " " + hit.score());
        }
        // @end
        // @start region="filters"
        Filter cheapOldBooks = and(eq("year", 1851), range("price").gte(10).lt(20));
        long count = books.count(cheapOldBooks);
        // @end
        lines.add("cheap: " + count);
        // @start region="async"
        books.searchAsync(Search.nearest(0.0f, 1.0f, 0.0f).limit(1))
                .thenAccept(
                        found -> lines.add("nearest: " + found.hits().getFirst().id()))
                .join();
        // @end
    }

    private static UpsertTotals load(CollectionHandle books) {
        // @start region="upsertAll"
        Stream<KnarrRecord> source = IntStream.range(0, 2_000).mapToObj(i -> KnarrRecord.builder()
                .id(i)
                .vector(1.0f, i, 0.5f)
                .field("number", i)
                .build());
        UpsertTotals totals = books.upsertAll(source.iterator());
        // @end
        return totals;
    }

    private static double patch(CollectionHandle books) {
        // @start region="patch"
        books.patch(Patch.of("moby-dick").increment("price", 0.5).append("tags", "whales"));
        // @end
        return books.get("moby-dick").orElseThrow().fields().number("price").orElseThrow();
    }

    private static IngestTotals ingest(CollectionHandle books) {
        // @start region="ingest"
        try (IngestWriter writer = books.ingest(IngestOptions.STANDARD)) {
            for (int i = 0; i < 5_000; i++) {
                writer.write(KnarrRecord.builder()
                        .id("page-" + i)
                        .vector(1.0f, i, 0.5f)
                        .build());
            }
            return writer.finish();
        }
        // @end
    }

    private static long export(CollectionHandle books) {
        // @start region="export"
        try (Export export = books.export(ExportQuery.ALL)) {
            return export.stream().count();
        }
        // @end
    }

    private static String misuse(CollectionHandle books) {
        // @start region="errors"
        try {
            books.search(Search.nearest(1.0f, 2.0f)); // two components where the collection has three
            return "none";
        } catch (KnarrException e) {
            if (e.code() == Status.Code.INVALID_ARGUMENT) {
                return e.reason() + " at " + e.field().orElse("?");
            }
            throw e;
        }
        // @end
    }
}
