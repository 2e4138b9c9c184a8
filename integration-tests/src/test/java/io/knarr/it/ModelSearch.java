package io.knarr.it;

import io.knarr.v1.HybridQuery;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Brute force: every record scored in double precision, then sorted. */
final class ModelSearch {
    /** Scores as near as this are taken for equal, where a metric rounds. */
    private static final double TIE = 1e-6;

    private static final Comparator<Scored> NEAREST_FIRST =
            Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::id, ModelValues.BY_ID);

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

    /**
     * Returns the records that share an index with a sparse query, best first.
     *
     * @param all of which holders of an index are counted
     */
    static List<Scored> rankSparse(Collection<Record> all, List<Record> matching, VectorSpec spec, Vector query) {
        List<Map<Integer, Float>> vectors = all.stream()
                .filter(record -> record.containsVectors(spec.getName()))
                .map(record -> entries(record.getVectorsOrThrow(spec.getName())))
                .toList();
        List<Scored> ranked = new ArrayList<>();
        for (Record record : matching) {
            Vector vector = record.getVectorsMap().get(spec.getName());
            Map<Integer, Float> shared = entries(vector == null ? Vector.getDefaultInstance() : vector);
            shared.keySet().retainAll(entries(query).keySet());
            double score = 0;
            for (Map.Entry<Integer, Float> entry : entries(query).entrySet()) {
                long holders = vectors.stream()
                        .filter(other -> other.containsKey(entry.getKey()))
                        .count();
                double rarity = spec.getIdf() ? Math.log(1 + (vectors.size() - holders + 0.5) / (holders + 0.5)) : 1;
                score += rarity * entry.getValue() * shared.getOrDefault(entry.getKey(), 0f);
            }
            if (!shared.isEmpty()) {
                ranked.add(new Scored(record.getId(), score));
            }
        }
        ranked.sort(NEAREST_FIRST);
        return ranked;
    }

    private static Map<Integer, Float> entries(Vector sparse) {
        Map<Integer, Float> entries = new TreeMap<>(Integer::compareUnsigned);
        for (int i = 0; i < sparse.getSparse().getIndicesCount(); i++) {
            entries.put(sparse.getSparse().getIndices(i), sparse.getSparse().getValues(i));
        }
        return entries;
    }

    static boolean largerIsNearer(Metric metric) {
        return metric == Metric.METRIC_COSINE || metric == Metric.METRIC_DOT;
    }

    /**
     * Returns what is wrong with an answer, or an empty text.
     *
     * @param rounded whether scores are rounded, and ties may be in any order
     */
    static String difference(List<Scored> ranked, int offset, int limit, List<Scored> answer, boolean rounded) {
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
            boolean right = rounded
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

    /** Returns the vector that is near the positive examples and far from the negative ones. */
    static Vector average(Metric metric, int dimension, List<Vector> positives, List<Vector> negatives) {
        double[] positive = mean(metric, dimension, positives);
        double[] negative = negatives.isEmpty() ? positive : mean(metric, dimension, negatives);
        Vector.Builder query = Vector.newBuilder();
        for (int i = 0; i < dimension; i++) {
            query.addValues((float) (positive[i] + (positive[i] - negative[i])));
        }
        return query.build();
    }

    private static double[] mean(Metric metric, int dimension, List<Vector> vectors) {
        double[] mean = new double[dimension];
        for (Vector vector : vectors) {
            double squares = 0;
            for (float value : vector.getValuesList()) {
                squares += value * value;
            }
            double length = metric == Metric.METRIC_COSINE && squares > 0 ? Math.sqrt(squares) : 1;
            for (int i = 0; i < dimension; i++) {
                mean[i] += vector.getValues(i) / length / vectors.size();
            }
        }
        return mean;
    }

    /** Returns all records that have the vector, by their best examples. */
    static List<Scored> rankByExamples(
            List<Record> records, String vectorName, Metric metric, List<Vector> positives, List<Vector> negatives) {
        List<Scored> ranked = new ArrayList<>();
        for (Record record : records) {
            Vector vector = record.getVectorsMap().get(vectorName);
            if (vector != null) {
                double p = greatest(metric, vector, positives);
                double n = greatest(metric, vector, negatives);
                ranked.add(new Scored(record.getId(), p > n ? (1 + squashed(p)) / 2 : -(1 + squashed(n)) / 2));
            }
        }
        ranked.sort(NEAREST_FIRST);
        return ranked;
    }

    /** Returns whether the last bit decides of a record to which kind of example it is nearer. */
    static boolean isUndecided(
            List<Record> records, String vectorName, Metric metric, List<Vector> positives, List<Vector> negatives) {
        return records.stream()
                .map(record -> record.getVectorsMap().get(vectorName))
                .filter(Objects::nonNull)
                .anyMatch(vector ->
                        Math.abs(greatest(metric, vector, positives) - greatest(metric, vector, negatives)) <= TIE);
    }

    private static double greatest(Metric metric, Vector vector, List<Vector> examples) {
        return examples.stream()
                .mapToDouble(example -> score(metric, example, vector) * (largerIsNearer(metric) ? 1 : -1))
                .max()
                .orElse(Double.NEGATIVE_INFINITY);
    }

    private static double squashed(double x) {
        return x / (1 + Math.abs(x));
    }

    /** The best hits that share a value. */
    record Group(Value value, List<Scored> hits) {}

    /** Returns groups by the value of a field, that of the nearest hit first. */
    static List<Group> groups(
            List<Scored> ranked, Map<RecordId, Record> records, String field, int offset, int limit, int size) {
        SequencedMap<Object, Value> values = new LinkedHashMap<>();
        Map<Object, List<Scored>> hits = new HashMap<>();
        for (Scored scored : ranked) {
            Record record = Objects.requireNonNull(records.get(scored.id()), "no such record");
            Set<Object> keys = new HashSet<>();
            // In the order of the list: what a hit opens first comes first.
            for (Value value : ModelValues.at(record.getFieldsMap(), field)) {
                Object key =
                        ModelValues.isNumber(value) ? ModelValues.decimal(value).stripTrailingZeros() : value;
                if (!value.hasObjectValue() && !value.hasNullValue() && keys.add(key)) {
                    values.putIfAbsent(key, value);
                    hits.computeIfAbsent(key, _ -> new ArrayList<>()).add(scored);
                }
            }
        }
        return values.entrySet().stream()
                .skip(offset)
                .limit(limit)
                .map(group -> {
                    List<Scored> all = Objects.requireNonNull(hits.get(group.getKey()), "a group without hits");
                    return new Group(group.getValue(), all.subList(0, Math.min(size, all.size())));
                })
                .toList();
    }

    /** Returns the candidates in the order in which maximal marginal relevance chooses them; of equals the nearest. */
    static List<Scored> diverse(
            List<Scored> nearest, Function<RecordId, Vector> vectors, Metric metric, double lambda) {
        List<Scored> left = new ArrayList<>(nearest);
        List<Scored> chosen = new ArrayList<>();
        int sign = largerIsNearer(metric) ? 1 : -1;
        while (!left.isEmpty()) {
            ToDoubleFunction<Scored> worth = candidate -> lambda * sign * candidate.score()
                    - (1 - lambda)
                            * chosen.stream()
                                    .mapToDouble(taken -> sign
                                            * score(metric, vectors.apply(taken.id()), vectors.apply(candidate.id())))
                                    .max()
                                    .orElse(0);
            Scored best = left.getFirst();
            for (Scored candidate : left) {
                if (worth.applyAsDouble(candidate) > worth.applyAsDouble(best)) {
                    best = candidate;
                }
            }
            left.remove(best);
            chosen.add(best);
        }
        return chosen;
    }

    /** The answer to one question of a hybrid search. */
    record Part(List<Scored> ranked, double weight, boolean largerIsNearer) {}

    /** Returns all that a part found, by the sum of what its places there are worth. */
    static List<Scored> fuse(HybridQuery query, List<Part> parts) {
        Map<RecordId, Double> sums = new HashMap<>();
        for (Part part : parts) {
            double[] x = part.ranked().stream()
                    .mapToDouble(scored -> part.largerIsNearer() ? scored.score() : -scored.score())
                    .toArray();
            DoubleSummaryStatistics range = Arrays.stream(x).summaryStatistics();
            double mean = range.getAverage();
            double deviation = Math.sqrt(Arrays.stream(x)
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .orElse(0));
            for (int rank = 0; rank < x.length; rank++) {
                double share =
                        switch (query.getFusionCase()) {
                            case WEIGHTED ->
                                range.getMax() == range.getMin()
                                        ? 1
                                        : (x[rank] - range.getMin()) / (range.getMax() - range.getMin());
                            case DISTRIBUTION_BASED ->
                                deviation < TIE
                                        ? 0.5
                                        : Math.clamp((x[rank] - (mean - 3 * deviation)) / (6 * deviation), 0, 1);
                            default -> {
                                int k = query.getReciprocalRank().getK();
                                yield 1.0 / ((k == 0 ? 60 : k) + rank + 1);
                            }
                        };
                sums.merge(part.ranked().get(rank).id(), part.weight() * share, Double::sum);
            }
        }
        List<Scored> fused = new ArrayList<>();
        sums.forEach((id, score) -> fused.add(new Scored(id, score)));
        fused.sort(NEAREST_FIRST);
        return fused;
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
