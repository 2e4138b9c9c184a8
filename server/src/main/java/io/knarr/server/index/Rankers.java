package io.knarr.server.index;

import io.knarr.server.engine.UnitVectors;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.lexical.TextAnalyzer;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes rankers of questions: checks them against the schema and reads the examples they name. For one call. */
final class Rankers {
    private final CollectionIndex index;
    private final ExampleReader examples;
    private final BlockingCalls blocking;
    private final boolean exact;

    Rankers(CollectionIndex index, RecordReader reader, BlockingCalls blocking, boolean exact, CallDeadline deadline) {
        this.index = index;
        this.examples = new ExampleReader(index.collection(), reader, deadline);
        this.blocking = blocking;
        this.exact = exact;
    }

    /** Returns the ranker of a question. @throws ServiceException with the path of what is wrong, in the message that has the question */
    Ranker of(Question question) {
        return switch (question) {
            case Question.Nearest nearest -> nearest(nearest);
            case Question.Words words -> words(words);
            case Question.Like like -> like(like);
            case Question.Recommend recommend -> recommend(recommend);
            case Question.Hybrid hybrid -> hybrid(hybrid);
        };
    }

    private Ranker nearest(Question.Nearest nearest) {
        int place = place(nearest.vectorName(), "vector");
        RecordChecker.requireShape(spec(place), nearest.vector(), "vector");
        return near(place, nearest.vector(), Set.of());
    }

    private Ranker words(Question.Words words) {
        FieldSpec spec = index.collection().schema().fieldAt(words.field()).orElseThrow(() -> ServiceException.atField(
                        ErrorCode.UNKNOWN_FIELD,
                        "text.field",
                        "The collection's schema declares no such field; only declared texts are searched by words")
                .with("name", words.field()));
        if (spec.type() != FieldType.TEXT) {
            throw ServiceException.atField(ErrorCode.TYPE_MISMATCH, "text.field", "The field's type is not text")
                    .with("type", FieldRules.name(spec.type()));
        }
        Map<String, Integer> asked =
                TextAnalyzer.named(spec.analyzer()).orElseThrow().frequencies(words.query());
        if (asked.isEmpty()) {
            throw ServiceException.atField(ErrorCode.INVALID_FIELD, "text.query", "The query has no words");
        }
        return new TextRanker(words.field(), asked);
    }

    private Ranker like(Question.Like like) {
        int place = place(like.vectorName(), "like_id");
        return near(place, examples.vector(like.id(), spec(place), "like_id"), Set.of(like.id()));
    }

    private Ranker near(int place, VectorData vector, Set<RecordId> excluded) {
        return switch (vector) {
            case VectorData.Dense(float[] components) -> dense(place, components, excluded);
            case VectorData.Sparse sparse -> new SparseRanker(place, spec(place).idf(), sparse, excluded);
            case VectorData.Multi multi -> new MultiRanker(blocking, place, spec(place), multi, excluded);
        };
    }

    private Ranker dense(int place, float[] vector, Set<RecordId> excluded) {
        return new DenseRanker(index, blocking, place, vector, exact, excluded);
    }

    private Ranker recommend(Question.Recommend recommend) {
        int place = place(recommend.vectorName(), "recommend");
        VectorSpec spec = spec(place);
        if (spec.kind() != VectorKind.DENSE) {
            throw ServiceException.atField(
                    ErrorCode.TYPE_MISMATCH, "vector_name", "Recommendations are by dense vectors only");
        }
        List<float[]> positives = compared(examples.vectors(recommend.positives(), spec, "recommend.positives"), spec);
        List<float[]> negatives = compared(examples.vectors(recommend.negatives(), spec, "recommend.negatives"), spec);
        Set<RecordId> excluded = new HashSet<>();
        recommend.positives().forEach(example -> excludeRecord(example, excluded));
        recommend.negatives().forEach(example -> excludeRecord(example, excluded));
        return recommend.strategy() == RecommendStrategy.BEST_SCORE
                ? new BestScoreRanker(place, spec, positives, negatives, excluded)
                : dense(place, average(positives, negatives, spec.dimension()), excluded);
    }

    private static void excludeRecord(Question.Example example, Set<RecordId> excluded) {
        if (example instanceof Question.Example.OfRecord(RecordId id)) {
            excluded.add(id);
        }
    }

    private static List<float[]> compared(List<float[]> vectors, VectorSpec spec) {
        return spec.metric() == Metric.COSINE
                ? vectors.stream().map(UnitVectors::of).toList()
                : vectors;
    }

    private static float[] average(List<float[]> positives, List<float[]> negatives, int dimension) {
        float[] target = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            double positive = mean(positives, i);
            double moved = negatives.isEmpty() ? positive : positive + (positive - mean(negatives, i));
            target[i] = (float) moved;
            if (!Float.isFinite(target[i])) {
                throw ServiceException.atField(
                        ErrorCode.NOT_FINITE, "recommend", "The average of the examples is not finite");
            }
        }
        return target;
    }

    private static double mean(List<float[]> vectors, int component) {
        double sum = 0;
        for (float[] vector : vectors) {
            sum += vector[component];
        }
        return sum / vectors.size();
    }

    private Ranker hybrid(Question.Hybrid hybrid) {
        List<HybridRanker.Part> parts = new ArrayList<>(hybrid.parts().size());
        for (int i = 0; i < hybrid.parts().size(); i++) {
            Question.HybridPart part = hybrid.parts().get(i);
            try {
                parts.add(new HybridRanker.Part(
                        of(part.question()),
                        part.filter().map(index.filterChecker()::check),
                        part.limit(),
                        part.weight()));
            } catch (ServiceException e) {
                throw e.field().isPresent() ? e.within("hybrid.parts[" + i + "]") : e;
            }
        }
        return new HybridRanker(parts, hybrid.fusion());
    }

    private int place(Optional<String> vectorName, String question) {
        return index.recordChecker().searchedVector(vectorName, question);
    }

    private VectorSpec spec(int place) {
        return index.collection().schema().vectors().get(place);
    }
}
