package io.knarr.it;

import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Vector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Brute force: every record scored in double precision, then sorted. */
final class ModelSearch {
    /** Scores as near as this are taken for equal, where a metric rounds. */
    private static final double TIE = 1e-6;

    private ModelSearch() {}

    /** A record and its score. */
    record Scored(RecordId id, double score) {}

    /** Returns all records that have the vector, nearest first, ties by id. */
    static List<Scored> rank(List<Record> records, String vectorName, Metric metric, Vector query) {
        List<Scored> ranked = new ArrayList<>();
        for (Record record : records) {
            Vector vector = record.getVectorsMap().get(vectorName);
            if (vector != null) {
                ranked.add(new Scored(record.getId(), score(metric, query, vector)));
            }
        }
        Comparator<Scored> byScore = Comparator.comparingDouble(Scored::score);
        ranked.sort(
                (largerIsNearer(metric) ? byScore.reversed() : byScore).thenComparing(Scored::id, ModelValues.BY_ID));
        return ranked;
    }

    static boolean largerIsNearer(Metric metric) {
        return metric == Metric.METRIC_COSINE || metric == Metric.METRIC_DOT;
    }

    /** Returns what is wrong with an answer, or an empty text. Exact where the metric is exact on small integers; else ties may be in any order. */
    static String difference(List<Scored> ranked, int offset, int limit, List<Scored> answer, Metric metric) {
        int from = Math.min(offset, ranked.size());
        List<Scored> expected = ranked.subList(from, (int) Math.min(ranked.size(), (long) from + limit));
        if (answer.size() != expected.size()) {
            return "expected %d hits and not %d".formatted(expected.size(), answer.size());
        }
        for (int i = 0; i < answer.size(); i++) {
            double score = expected.get(i).score();
            if (Math.abs(score - answer.get(i).score()) > TIE * Math.max(1, Math.abs(score))) {
                return "score at %d: expected %s and not %s".formatted(i, expected.get(i), answer.get(i));
            }
            RecordId id = answer.get(i).id();
            boolean right = metric == Metric.METRIC_COSINE
                    ? ranked.stream()
                            .anyMatch(scored -> scored.id().equals(id) && Math.abs(scored.score() - score) <= TIE)
                    : expected.get(i).id().equals(id);
            if (!right) {
                return "id at %d: expected %s and not %s".formatted(i, expected.get(i), answer.get(i));
            }
        }
        if (answer.stream().map(Scored::id).distinct().count() != answer.size()) {
            return "a record comes twice";
        }
        return "";
    }

    static double score(Metric metric, Vector query, Vector vector) {
        double product = 0;
        double squares = 0;
        double magnitudes = 0;
        double ofQuery = 0;
        double ofVector = 0;
        for (int i = 0; i < query.getValuesCount(); i++) {
            double a = query.getValues(i);
            double b = vector.getValues(i);
            product += a * b;
            squares += (a - b) * (a - b);
            magnitudes += Math.abs(a - b);
            ofQuery += a * a;
            ofVector += b * b;
        }
        return switch (metric) {
            case METRIC_COSINE -> ofQuery == 0 || ofVector == 0 ? 0 : product / Math.sqrt(ofQuery * ofVector);
            case METRIC_DOT -> product;
            case METRIC_EUCLID -> Math.sqrt(squares);
            case METRIC_MANHATTAN -> magnitudes;
            case METRIC_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("The model does not know it");
        };
    }
}
