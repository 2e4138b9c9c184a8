package io.knarr.cli.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.cli.text.TextEmbedder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The whole story on real text: a server on an empty directory, three accounts, their dictionary entries embedded and stored,
 * questions and answers, the walls between the accounts, a {@code kill -9}, and the same answers afterwards.
 */
public final class Demo {
    private static final int EMBED_AT_ONCE = 128;

    private final Path data;
    private final int glossesPerAccount;
    private final Output output;
    private final Story story;

    /**
     * Prepares the demo.
     *
     * @param data the server's directory, empty or not there
     * @param glossesPerAccount dictionary entries per account
     */
    public Demo(Path data, int glossesPerAccount, Output output) {
        this.data = data;
        this.glossesPerAccount = glossesPerAccount;
        this.output = output;
        this.story = new Story(output);
    }

    /** Runs it, and returns whether every check held. */
    public boolean run() throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        List<Trader> traders = Trader.all();
        Map<Trader, List<Answer>> before;
        Map<Trader, List<float[]>> questions = new LinkedHashMap<>();
        JsonObject figures = new JsonObject();
        try (ServerProcess server = startServer("start", "A server starts on an empty directory: " + data)) {
            List<Goods> goods = openAll(traders, server);
            try (TextEmbedder embedder = loadModel()) {
                createAccounts(goods);
                ingest(goods, embedder, figures);
                for (Trader trader : traders) {
                    questions.put(
                            trader,
                            embedder.embedAll(trader.questions().stream()
                                    .map(Trader.Question::text)
                                    .toList()));
                }
            }
            before = askAll("ask", "Each account asks ten questions in plain words", goods, questions, true);
            checkRecall(before, figures);
            showWalls(goods, before);
            goods.forEach(Goods::close);
            kill(server);
        }
        try (ServerProcess server = startServer("restart", "It starts again on the same directory")) {
            List<Goods> goods = openAll(traders, server);
            Map<Trader, List<Answer>> after =
                    askAll("ask_again", "The same questions get the same answers", goods, questions, false);
            compare(before, after, figures);
            goods.forEach(Goods::close);
        }
        finish(startNanos, before, figures);
        return story.allHeld();
    }

    private ServerProcess startServer(String name, String text) throws IOException, InterruptedException {
        story.begin(name, text);
        ServerProcess server = ServerProcess.start(ServerLaunch.of(data));
        story.say("serving on " + server.grpcAddress() + ", process " + server.pid());
        story.end();
        return server;
    }

    private static List<Goods> openAll(List<Trader> traders, ServerProcess server) {
        return traders.stream()
                .map(trader -> new Goods(trader, server.grpcAddress()))
                .toList();
    }

    private TextEmbedder loadModel() {
        story.begin("load_model", "An embedding model is loaded into this process: MiniLM, 384 components");
        TextEmbedder embedder = TextEmbedder.load();
        story.end();
        return embedder;
    }

    private void createAccounts(List<Goods> goods) {
        story.begin("create_accounts", "Three accounts come aboard, each with a collection of its own");
        for (Goods each : goods) {
            each.create();
            story.say(
                    "%-11s %s".formatted(each.trader().account(), each.trader().subject()));
        }
        story.end();
    }

    private void ingest(List<Goods> goods, TextEmbedder embedder, JsonObject figures) throws IOException {
        story.begin("ingest", "Entries of the WordNet dictionary are embedded and stored, durable batch by batch");
        long embedNanos = 0;
        long storeNanos = 0;
        try (Progress progress =
                Progress.onTerminal("embed and store", "entries", (long) goods.size() * glossesPerAccount)) {
            for (Goods each : goods) {
                List<Gloss> glosses = WordNetNouns.ofCategory(
                        each.trader().category(),
                        glossesPerAccount,
                        each.trader().expectedWords());
                for (int from = 0; from < glosses.size(); from += EMBED_AT_ONCE) {
                    List<Gloss> part = glosses.subList(from, Math.min(glosses.size(), from + EMBED_AT_ONCE));
                    long began = System.nanoTime();
                    List<float[]> vectors =
                            embedder.embedAll(part.stream().map(Gloss::text).toList());
                    long embedded = System.nanoTime();
                    each.store(part, vectors);
                    embedNanos += embedded - began;
                    storeNanos += System.nanoTime() - embedded;
                    progress.add(part.size());
                }
            }
        }
        long total = (long) goods.size() * glossesPerAccount;
        double embedRate = Math.round(total * 1e9 / Math.max(1, embedNanos));
        double storeRate = Math.round(total * 1e9 / Math.max(1, storeNanos));
        figures.addProperty("records", total);
        figures.addProperty("embed_per_s", embedRate);
        figures.addProperty("store_per_s", storeRate);
        story.say(String.format(
                Locale.ROOT,
                "%,d entries: embedding %,.0f a second, storing %,.0f a second",
                total,
                embedRate,
                storeRate));
        for (Goods each : goods) {
            long count = each.count();
            story.check(
                    "count_" + each.trader().account(),
                    "%s counts %,d records".formatted(each.trader().account(), count),
                    count == glossesPerAccount);
        }
        story.end();
    }

    private Map<Trader, List<Answer>> askAll(
            String name, String text, List<Goods> goods, Map<Trader, List<float[]>> questions, boolean show) {
        story.begin(name, text);
        Map<Trader, List<Answer>> answers = new LinkedHashMap<>();
        List<Double> times = new ArrayList<>();
        for (Goods each : goods) {
            Trader trader = each.trader();
            List<Answer> ofTrader = new ArrayList<>();
            for (int i = 0; i < trader.questions().size(); i++) {
                long began = System.nanoTime();
                ofTrader.add(each.ask(
                        trader.questions().get(i),
                        questions.getOrDefault(trader, List.of()).get(i)));
                times.add(Story.millisSince(began));
            }
            answers.put(trader, List.copyOf(ofTrader));
            if (show) {
                story.say(trader.account() + ":");
                ofTrader.forEach(story::show);
            }
        }
        double median = times.stream().sorted().toList().get(times.size() / 2);
        story.timings().addProperty(name + "_median_ms", median);
        story.say(String.format(
                Locale.ROOT,
                "%d questions, median %.1f ms a call, first one %.1f ms",
                times.size(),
                median,
                times.getFirst()));
        story.end();
        return answers;
    }

    /** Compares the answers: the same records in the same versions and order, with the same scores to the last bit. */
    private void compare(Map<Trader, List<Answer>> before, Map<Trader, List<Answer>> after, JsonObject figures) {
        boolean same = true;
        double largest = 0;
        for (Map.Entry<Trader, List<Answer>> entry : before.entrySet()) {
            List<Answer> others = after.getOrDefault(entry.getKey(), List.of());
            for (int i = 0; i < entry.getValue().size(); i++) {
                Answer was = entry.getValue().get(i);
                Answer is = others.get(i);
                if (was.namesTheSame(is)) {
                    largest = Math.max(largest, was.scoreDifference(is));
                } else {
                    same = false;
                    story.tell("differs: %s was %s and is %s"
                            .formatted(was.question().text(), was.hits(), is.hits()));
                }
            }
        }
        figures.addProperty("max_score_difference", largest);
        story.check(
                "identical_after_kill",
                "all answers are the same records in the same versions and order, with the same scores",
                same && largest == 0);
    }

    private void checkRecall(Map<Trader, List<Answer>> answers, JsonObject figures) {
        story.begin("recall", "The answers make sense: the word meant is among the first three");
        long questions = answers.values().stream().mapToLong(List::size).sum();
        long found = answers.values().stream()
                .flatMap(List::stream)
                .filter(Answer::isAsExpected)
                .count();
        figures.addProperty("questions", questions);
        figures.addProperty("expected_in_top_3", found);
        story.check(
                "expected_found",
                "for %d of %d questions; at least two thirds must be".formatted(found, questions),
                found * 3 >= questions * 2);
        story.end();
    }

    private void showWalls(List<Goods> goods, Map<Trader, List<Answer>> answers) {
        story.begin("isolation", "No account sees another's records");
        for (int i = 0; i < goods.size(); i++) {
            Goods owner = goods.get(i);
            Goods stranger = goods.get((i + 1) % goods.size());
            String ownerName = owner.trader().account();
            String strangerName = stranger.trader().account();
            List<String> ids = answers.getOrDefault(owner.trader(), List.of()).stream()
                    .flatMap(answer -> answer.hits().stream())
                    .map(Answer.Hit::id)
                    .distinct()
                    .toList();
            story.check(
                    "get_" + strangerName + "_from_" + ownerName,
                    "%s asks for %d ids of %s: it finds none, %s all"
                            .formatted(strangerName, ids.size(), ownerName, ownerName),
                    stranger.found(ids) == 0 && owner.found(ids) == ids.size());
            story.check(
                    "list_" + ownerName,
                    "%s lists all its records: they are its own".formatted(ownerName),
                    owner.owners().stream().allMatch(ownerName::equals));
            story.check(
                    "search_" + ownerName,
                    "%s's answers are its own records".formatted(ownerName),
                    answers.getOrDefault(owner.trader(), List.of()).stream()
                            .flatMap(answer -> answer.hits().stream())
                            .allMatch(hit -> hit.account().equals(ownerName)));
        }
        story.end();
    }

    private void kill(ServerProcess server) {
        story.begin("kill", "The server is killed: kill -9 " + server.pid());
        server.killHard();
        story.check("killed", "the process is gone", !server.isAlive());
        story.end();
    }

    private void finish(long startNanos, Map<Trader, List<Answer>> answers, JsonObject figures) {
        double millis = Story.millisSince(startNanos);
        if (!output.isJson()) {
            output.line("");
            output.line(String.format(
                    Locale.ROOT,
                    "%s, in %.1f s.",
                    story.allHeld() ? "Every check held" : "A CHECK FAILED, see NO above",
                    millis / 1e3));
            return;
        }
        JsonArray answersJson = new JsonArray();
        answers.forEach((trader, list) -> list.forEach(answer -> {
            JsonObject json = answer.json();
            json.addProperty("account", trader.account());
            answersJson.add(json);
        }));
        JsonObject result = new JsonObject();
        result.addProperty("demo", "knarr");
        result.addProperty("ok", story.allHeld());
        result.addProperty("accounts", answers.size());
        figures.entrySet().forEach(entry -> result.add(entry.getKey(), entry.getValue()));
        result.add("identical_after_kill", story.checks().get("identical_after_kill"));
        result.addProperty("total_ms", millis);
        result.add("timings", story.timings());
        result.add("checks", story.checks());
        result.add("answers", answersJson);
        output.line("RESULT " + Output.text(result));
    }
}
