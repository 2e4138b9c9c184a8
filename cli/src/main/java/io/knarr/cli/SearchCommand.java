package io.knarr.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Duration;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.text.TextEmbedder;
import io.knarr.v1.Metric;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SparseVector;
import io.knarr.v1.TextQuery;
import io.knarr.v1.Vector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr search}: the records nearest to a vector or a text. */
@Command(
        name = "search",
        description = "Find the records that are nearest to a vector or a text, have its words, or are like a record.",
        footer = {
            "%nA filter: year >= 2020 and (lang = \"en\" or lang in (\"no\", \"is\")) and not draft = true",
            "Also: exists(field), id in (7, \"a\", uuid(\"...\")), timestamp(\"2026-01-31T12:00:00Z\"), `field` in back quotes."
        })
final class SearchCommand extends ServerCommand {
    @Parameters(paramLabel = "COLLECTION", description = "The collection.")
    private String collection = "";

    @ArgGroup(multiplicity = "1")
    private Query query = new Query();

    /** What to look for: exactly one of these. */
    static final class Query {
        @Option(
                names = "--vector",
                paramLabel = "X,Y,...",
                description = "The query's components; semicolons between the rows of a multi-vector.")
        private @Nullable String vector;

        @Option(
                names = "--vector-file",
                paramLabel = "FILE",
                description =
                        "A file with the query's components, separated by commas or blanks; brackets are allowed.")
        private @Nullable Path vectorFile;

        @Option(names = "--text", paramLabel = "TEXT", description = "Text, made a vector of 384 components by MiniLM.")
        private @Nullable String text;

        @Option(
                names = "--words",
                paramLabel = "FIELD=TEXT",
                description = "Words that a text field is to have, ranked by BM25.")
        private @Nullable String words;

        @Option(
                names = "--sparse",
                paramLabel = "INDEX:VALUE,...",
                description = "The query's entries, for a sparse vector.")
        private @Nullable String sparse;

        @Option(names = "--like", paramLabel = "ID", description = "A record, as for 'get': what is like it.")
        private @Nullable String like;
    }

    @Option(
            names = "--vector-name",
            paramLabel = "NAME",
            description = "Which of the records' vectors to compare with.")
    private String vectorName = "";

    @Option(names = "--filter", paramLabel = "EXPR", description = "Only records that match.")
    private @Nullable String filterText;

    @Option(names = "--limit", paramLabel = "N", description = "How many to return (default 10).")
    private int limit = 10;

    @Option(names = "--offset", paramLabel = "N", description = "How many of the nearest to pass over first.")
    private int offset;

    @Option(names = "--exact", description = "Only an exact answer will do.")
    private boolean exact;

    @Option(names = "--explain", description = "Say how the answer was found.")
    private boolean explain;

    @Mixin
    private SelectionOptions selection = new SelectionOptions();

    @Override
    ExitCode run(Connection connection, Output output) throws IOException {
        if (limit < 1) {
            throw new CommandFailure(ExitCode.USAGE, "--limit must be at least 1: " + limit);
        }
        SearchRequest.Builder request = SearchRequest.newBuilder()
                .setCollection(collection)
                .setVectorName(vectorName)
                .setLimit(limit)
                .setOffset(offset)
                .setFields(selection.fieldSelection())
                .setVectors(selection.vectorSelection())
                .setExact(exact)
                .setExplain(explain);
        ask(request);
        if (filterText != null) {
            request.setFilter(filter(filterText));
        }
        SearchResponse reply = connection.search().search(request.build());
        if (output.isJson()) {
            output.line(document(reply));
        } else {
            print(reply, output);
        }
        return ExitCode.OK;
    }

    private void ask(SearchRequest.Builder request) throws IOException {
        if (query.words != null) {
            int split = query.words.indexOf('=');
            if (split < 1) {
                throw new CommandFailure(ExitCode.USAGE, "--words is FIELD=TEXT: not '" + query.words + "'");
            }
            request.setText(TextQuery.newBuilder()
                    .setField(query.words.substring(0, split))
                    .setQuery(query.words.substring(split + 1)));
        } else if (query.sparse != null) {
            request.setVector(Vector.newBuilder().setSparse(entries(query.sparse)));
        } else if (query.like != null) {
            request.setLikeId(recordId(query.like));
        } else {
            request.setVector(queryVector());
        }
    }

    /** Returns the sparse vector written as indices and values with colons between them. */
    static SparseVector entries(String text) {
        SparseVector.Builder sparse = SparseVector.newBuilder();
        for (String entry : text.strip().split("\\s*,\\s*|\\s+", -1)) {
            String[] parts = entry.split(":", -1);
            try {
                if (parts.length != 2) {
                    throw new NumberFormatException(entry);
                }
                sparse.addIndices(Integer.parseUnsignedInt(parts[0])).addValues(Float.parseFloat(parts[1]));
            } catch (NumberFormatException e) {
                throw new CommandFailure(
                        ExitCode.USAGE, "--sparse is INDEX:VALUE,INDEX:VALUE,...: not '" + entry + "'");
            }
        }
        return sparse.build();
    }

    private Vector queryVector() throws IOException {
        if (query.text != null) {
            try (TextEmbedder embedder = TextEmbedder.load()) {
                Vector.Builder vector = Vector.newBuilder();
                for (float component : embedder.embed(query.text)) {
                    vector.addValues(component);
                }
                return vector.build();
            }
        }
        if (query.vectorFile != null) {
            return components(Files.readString(query.vectorFile, UTF_8), query.vectorFile.toString(), ExitCode.FILE);
        }
        return components(query.vector == null ? "" : query.vector, "--vector", ExitCode.USAGE);
    }

    /** Returns the vector written as numbers with commas or blanks between them; with semicolons, a multi-vector of such rows. */
    static Vector components(String text, String source, ExitCode ifWrong) {
        String numbers = text.strip();
        if (numbers.startsWith("[") && numbers.endsWith("]")) {
            numbers = numbers.substring(1, numbers.length() - 1).strip();
        }
        Vector.Builder vector = Vector.newBuilder();
        if (numbers.contains(";")) {
            for (String row : numbers.split(";", -1)) {
                vector.getMultiBuilder().addRows(components(row, source, ifWrong));
            }
            return vector.build();
        }
        String[] words = numbers.split("\\s*,\\s*|\\s+", -1);
        for (int i = 0; i < words.length; i++) {
            try {
                vector.addValues(Float.parseFloat(words[i]));
            } catch (NumberFormatException e) {
                throw new CommandFailure(
                        ifWrong, "%s: component %d is not a number: '%s'".formatted(source, i, words[i]));
            }
        }
        return vector.build();
    }

    private static JsonObject document(SearchResponse reply) {
        JsonArray hits = new JsonArray();
        for (SearchHit hit : reply.getHitsList()) {
            JsonObject json = new JsonObject();
            json.add("id", RecordJson.id(hit.getId()));
            json.addProperty("score", hit.getScore());
            json.addProperty("version", hit.getVersion());
            json.add("fields", RecordJson.fields(hit.getFieldsMap()));
            if (hit.getVectorsCount() > 0) {
                json.add("vectors", RecordJson.vectors(hit.getVectorsMap()));
            }
            hits.add(json);
        }
        JsonObject document = new JsonObject();
        document.add("hits", hits);
        document.addProperty("answer_kind", answerKind(reply));
        document.addProperty("scored_count", reply.getScoredCount());
        if (reply.hasExplanation()) {
            document.add("explanation", explanation(reply.getExplanation()));
        }
        return document;
    }

    private static String answerKind(SearchResponse reply) {
        return reply.getAnswerKind().name().substring("ANSWER_KIND_".length()).toLowerCase(Locale.ROOT);
    }

    static JsonObject explanation(SearchExplanation explanation) {
        JsonObject json = new JsonObject();
        json.addProperty("plan", explanation.getPlan());
        json.addProperty("plan_reason", explanation.getPlanReason());
        if (explanation.hasExpectedDuration()) {
            json.addProperty("expected_us", micros(explanation.getExpectedDuration()));
        }
        if (explanation.getMetric() != Metric.METRIC_UNSPECIFIED) {
            json.addProperty(
                    "metric",
                    explanation.getMetric().name().substring("METRIC_".length()).toLowerCase(Locale.ROOT));
        }
        json.addProperty("record_count", explanation.getRecordCount());
        json.addProperty("matched_count", explanation.getMatchedCount());
        json.addProperty("cold", explanation.getCold());
        json.addProperty("kernel", explanation.getKernel());
        JsonObject stages = new JsonObject();
        explanation
                .getStagesList()
                .forEach(stage -> stages.addProperty(stage.getName() + "_us", micros(stage.getDuration())));
        json.add("stages", stages);
        JsonArray conditions = new JsonArray();
        explanation.getConditionsList().forEach(condition -> {
            JsonObject one = new JsonObject();
            one.addProperty("path", condition.getPath());
            one.addProperty("indexed", condition.getIndexed());
            one.addProperty("estimated_count", condition.getEstimatedCount());
            if (condition.hasMatchedCount()) {
                one.addProperty("matched_count", condition.getMatchedCount());
            }
            conditions.add(one);
        });
        if (!conditions.isEmpty()) {
            json.add("conditions", conditions);
        }
        return json;
    }

    private static double micros(Duration duration) {
        return duration.getSeconds() * 1e6 + duration.getNanos() / 1e3;
    }

    private void print(SearchResponse reply, Output output) {
        List<JsonObject> rows = new ArrayList<>();
        for (SearchHit hit : reply.getHitsList()) {
            JsonObject row = new JsonObject();
            row.addProperty("rank", offset + rows.size() + 1);
            row.addProperty("score", String.format(Locale.ROOT, "%.4f", hit.getScore()));
            row.addProperty("id", word(hit.getId()));
            row.add("fields", RecordJson.fields(hit.getFieldsMap()));
            row.add("vectors", RecordJson.vectors(hit.getVectorsMap()));
            rows.add(row);
        }
        List<String> columns = new ArrayList<>(List.of("rank", "score", "id", "fields"));
        if (selection.vectors != null) {
            columns.add("vectors");
        }
        output.table(columns, rows);
        output.line("");
        output.line("%s answer, %,d vectors scored".formatted(answerKind(reply), reply.getScoredCount()));
        if (reply.hasExplanation()) {
            output.object(explanation(reply.getExplanation()));
        }
    }
}
