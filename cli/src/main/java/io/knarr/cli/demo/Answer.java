package io.knarr.cli.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchResponse;
import java.util.List;
import java.util.Map;

/**
 * What the server said to one question.
 *
 * @param question the question
 * @param hits the nearest entries, nearest first
 */
record Answer(Trader.Question question, List<Hit> hits) {
    /**
     * One entry of an answer.
     *
     * @param id the record's id
     * @param score the cosine similarity
     * @param version the record's version
     * @param word the entry's first word
     * @param meaning its meaning
     * @param account the account that the record says it belongs to
     */
    record Hit(String id, double score, long version, String word, String meaning, String account) {}

    Answer {
        hits = List.copyOf(hits);
    }

    static Answer of(Trader.Question question, SearchResponse reply) {
        return new Answer(
                question, reply.getHitsList().stream().map(Answer::hit).toList());
    }

    private static Hit hit(SearchHit hit) {
        Map<String, io.knarr.v1.Value> fields = hit.getFieldsMap();
        return new Hit(
                hit.getId().getStringId(),
                hit.getScore(),
                hit.getVersion(),
                text(fields, Goods.WORD),
                text(fields, Goods.MEANING),
                text(fields, Goods.ACCOUNT));
    }

    private static String text(Map<String, io.knarr.v1.Value> fields, String name) {
        return fields.getOrDefault(name, io.knarr.v1.Value.getDefaultInstance()).getStringValue();
    }

    /** Returns whether the expected word is among the hits. */
    boolean isAsExpected() {
        return hits.stream().anyMatch(hit -> hit.word().equals(question.expected()));
    }

    /** Returns whether both name the same records, in the same versions and the same order; scores are compared apart. */
    boolean namesTheSame(Answer other) {
        return hits.stream()
                .map(Answer::identity)
                .toList()
                .equals(other.hits.stream().map(Answer::identity).toList());
    }

    private static Hit identity(Hit hit) {
        return new Hit(hit.id(), 0, hit.version(), hit.word(), hit.meaning(), hit.account());
    }

    /** Returns the largest difference between the scores of two answers that name the same. */
    double scoreDifference(Answer other) {
        double largest = 0;
        for (int i = 0; i < hits.size(); i++) {
            largest = Math.max(
                    largest, Math.abs(hits.get(i).score() - other.hits.get(i).score()));
        }
        return largest;
    }

    JsonObject json() {
        JsonArray list = new JsonArray();
        for (Hit hit : hits) {
            JsonObject json = new JsonObject();
            json.addProperty("id", hit.id());
            json.addProperty("word", hit.word());
            json.addProperty("score", hit.score());
            list.add(json);
        }
        JsonObject json = new JsonObject();
        json.addProperty("question", question.text());
        json.addProperty("expected", question.expected());
        json.addProperty("found", isAsExpected());
        json.add("hits", list);
        return json;
    }
}
