package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.Filter;
import io.knarr.server.model.FilterBounds;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Question;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.SearchLimits;
import io.knarr.server.model.VectorData;
import io.knarr.v1.Example;
import io.knarr.v1.HybridPart;
import io.knarr.v1.HybridQuery;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.TextQuery;
import io.knarr.v1.Vector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the question of one search, or of one part of a hybrid one: exactly one kind. Checked in everything that needs no schema. */
final class QuestionMapper {
    private static final int MIN_DEFAULT_PART_LIMIT = 100;
    private static final int MAX_RANK_CONSTANT = 1_000_000;
    private static final double MAX_WEIGHT = 1_000_000;

    private final @Nullable FieldPath base;
    private final List<Asked> asked = new ArrayList<>();

    /** A question that is there but not read yet. */
    private record Asked(FieldPath path, Supplier<Question> question) {}

    private QuestionMapper(@Nullable FieldPath base) {
        this.base = base;
    }

    /**
     * Returns the question of a search.
     *
     * @param limitPlusOffset how many records the search looks for
     */
    static Question toQuestion(SearchRequest request, int limitPlusOffset, Limits limits) {
        QuestionMapper mapper = new QuestionMapper(null);
        String vectorName = request.getVectorName();
        mapper.offer("vector", request.hasVector(), () -> mapper.nearest(vectorName, request.getVector()));
        mapper.offer("text", request.hasText(), () -> mapper.words(vectorName, request.getText(), limits));
        mapper.offer("like_id", request.hasLikeId(), () -> mapper.like(vectorName, request.getLikeId()));
        mapper.offer("recommend", request.hasRecommend(), () -> mapper.recommend(vectorName, request.getRecommend()));
        mapper.offer("hybrid", request.hasHybrid(), () -> mapper.hybrid(request, limitPlusOffset, limits));
        return mapper.only();
    }

    private static Question toQuestion(HybridPart part, FieldPath path, Limits limits) {
        QuestionMapper mapper = new QuestionMapper(path);
        String vectorName = part.getVectorName();
        mapper.offer("vector", part.hasVector(), () -> mapper.nearest(vectorName, part.getVector()));
        mapper.offer("text", part.hasText(), () -> mapper.words(vectorName, part.getText(), limits));
        mapper.offer("like_id", part.hasLikeId(), () -> mapper.like(vectorName, part.getLikeId()));
        mapper.offer("recommend", part.hasRecommend(), () -> mapper.recommend(vectorName, part.getRecommend()));
        return mapper.only();
    }

    private void offer(String field, boolean present, Supplier<Question> question) {
        if (present) {
            asked.add(new Asked(at(field), question));
        }
    }

    private Question only() {
        if (asked.isEmpty()) {
            throw Rejections.invalid(at("vector"), "A search needs a question: a vector, or one of the other kinds");
        }
        if (asked.size() > 1) {
            throw Rejections.invalid(asked.get(1).path(), "A search asks exactly one question");
        }
        return asked.getFirst().question().get();
    }

    private FieldPath at(String field) {
        return base == null ? FieldPath.of(field) : base.field(field);
    }

    private Optional<String> vectorName(String name) {
        return name.isEmpty() ? Optional.empty() : Optional.of(NameMapper.vector(name, at("vector_name")));
    }

    private Question nearest(String vectorName, Vector vector) {
        VectorData wanted = VectorMapper.toVector(vector, at("vector"));
        if (wanted instanceof VectorData.Sparse(int[] indices, float[] _) && indices.length == 0) {
            throw Rejections.invalid(at("vector").field("sparse"), "A sparse query needs at least one entry");
        }
        return new Question.Nearest(vectorName(vectorName), wanted);
    }

    private Question words(String vectorName, TextQuery text, Limits limits) {
        if (!vectorName.isEmpty()) {
            throw Rejections.invalid(at("vector_name"), "A search by words compares no vectors");
        }
        FieldPath path = at("text");
        String field = NameMapper.fieldInRead(text.getField(), path.field("field"), limits.maxValueDepth());
        int length = text.getQuery().length();
        if (length == 0) {
            throw Rejections.invalid(path.field("query"), "A query must not be empty");
        }
        if (length > FilterBounds.MAX_TEXT_LENGTH) {
            throw Rejections.limit(path.field("query"), "A query is too long", FilterBounds.MAX_TEXT_LENGTH, length);
        }
        return new Question.Words(field, text.getQuery());
    }

    private Question like(String vectorName, io.knarr.v1.RecordId id) {
        return new Question.Like(
                vectorName(vectorName), RecordIdMapper.toId(id, at("like_id"), ErrorCode.INVALID_FIELD));
    }

    private Question recommend(String vectorName, RecommendQuery recommend) {
        FieldPath path = at("recommend");
        int count = recommend.getPositivesCount() + recommend.getNegativesCount();
        if (count > SearchLimits.MAX_EXAMPLES) {
            throw Rejections.limit(path, "A recommendation has too many examples", SearchLimits.MAX_EXAMPLES, count);
        }
        RecommendStrategy strategy = toStrategy(recommend.getStrategy(), path.field("strategy"));
        boolean enough = strategy == RecommendStrategy.BEST_SCORE ? count > 0 : recommend.getPositivesCount() > 0;
        if (!enough) {
            throw Rejections.invalid(path.field("positives"), "A recommendation needs at least one example");
        }
        return new Question.Recommend(
                vectorName(vectorName),
                toExamples(recommend.getPositivesList(), path.field("positives")),
                toExamples(recommend.getNegativesList(), path.field("negatives")),
                strategy);
    }

    private static RecommendStrategy toStrategy(io.knarr.v1.RecommendStrategy strategy, FieldPath path) {
        return switch (strategy) {
            case RECOMMEND_STRATEGY_UNSPECIFIED, RECOMMEND_STRATEGY_AVERAGE_VECTOR -> RecommendStrategy.AVERAGE_VECTOR;
            case RECOMMEND_STRATEGY_BEST_SCORE -> RecommendStrategy.BEST_SCORE;
            case UNRECOGNIZED -> throw Rejections.invalid(path, "A strategy must be one of the known");
        };
    }

    private static List<Question.Example> toExamples(List<Example> examples, FieldPath path) {
        List<Question.Example> result = new ArrayList<>(examples.size());
        for (int i = 0; i < examples.size(); i++) {
            Example example = examples.get(i);
            FieldPath examplePath = path.index(i);
            result.add(
                    switch (example.getKindCase()) {
                        case ID ->
                            new Question.Example.OfRecord(RecordIdMapper.toId(
                                    example.getId(), examplePath.field("id"), ErrorCode.INVALID_FIELD));
                        case VECTOR ->
                            new Question.Example.OfVector(
                                    VectorMapper.toVector(example.getVector(), examplePath.field("vector")));
                        case KIND_NOT_SET ->
                            throw Rejections.invalid(examplePath, "An example must have exactly one kind set");
                    });
        }
        return result;
    }

    private Question hybrid(SearchRequest request, int limitPlusOffset, Limits limits) {
        if (!request.getVectorName().isEmpty()) {
            throw Rejections.invalid(at("vector_name"), "A hybrid search names the vectors in its parts");
        }
        HybridQuery hybrid = request.getHybrid();
        FieldPath path = at("hybrid");
        FieldPath partsPath = path.field("parts");
        if (hybrid.getPartsCount() == 0) {
            throw Rejections.invalid(partsPath, "A hybrid search needs at least one part");
        }
        if (hybrid.getPartsCount() > SearchLimits.MAX_HYBRID_PARTS) {
            throw Rejections.limit(
                    partsPath,
                    "A hybrid search has too many parts",
                    SearchLimits.MAX_HYBRID_PARTS,
                    hybrid.getPartsCount());
        }
        List<Question.HybridPart> parts = new ArrayList<>(hybrid.getPartsCount());
        for (int i = 0; i < hybrid.getPartsCount(); i++) {
            parts.add(toPart(hybrid.getParts(i), partsPath.index(i), limitPlusOffset, limits));
        }
        return new Question.Hybrid(parts, toFusion(hybrid, path));
    }

    private static Question.HybridPart toPart(HybridPart part, FieldPath path, int limitPlusOffset, Limits limits) {
        Question question = toQuestion(part, path, limits);
        Optional<Filter> filter = part.hasFilter()
                ? Optional.of(FilterMapper.toFilter(part.getFilter(), path.field("filter"), limits))
                : Optional.empty();
        double weight = part.hasWeight() ? part.getWeight() : 1;
        if (!(weight > 0 && weight <= MAX_WEIGHT)) {
            throw Rejections.invalid(path.field("weight"), "A weight must be above 0 and at most 1,000,000");
        }
        return new Question.HybridPart(question, filter, toPartLimit(part, path, limitPlusOffset, limits), weight);
    }

    private static int toPartLimit(HybridPart part, FieldPath path, int limitPlusOffset, Limits limits) {
        if (part.getLimit() < 0) {
            throw Rejections.invalid(path.field("limit"), "A limit must not be negative")
                    .with("actual", part.getLimit());
        }
        if (part.getLimit() > limits.maxLimitPlusOffset()) {
            throw Rejections.limit(
                    path.field("limit"), "A limit is too large", limits.maxLimitPlusOffset(), part.getLimit());
        }
        return part.getLimit() == 0 ? Math.max(MIN_DEFAULT_PART_LIMIT, limitPlusOffset) : part.getLimit();
    }

    private static Fusion toFusion(HybridQuery hybrid, FieldPath path) {
        return switch (hybrid.getFusionCase()) {
            case RECIPROCAL_RANK -> {
                int k = hybrid.getReciprocalRank().getK();
                if (k < 0 || k > MAX_RANK_CONSTANT) {
                    throw Rejections.invalid(
                                    path.field("reciprocal_rank").field("k"),
                                    "The constant of reciprocal ranks must be 1 to 1,000,000")
                            .with("actual", k);
                }
                yield new Fusion.ReciprocalRank(k == 0 ? Fusion.ReciprocalRank.DEFAULT_K : k);
            }
            case FUSION_NOT_SET -> new Fusion.ReciprocalRank(Fusion.ReciprocalRank.DEFAULT_K);
            case DISTRIBUTION_BASED -> new Fusion.DistributionBased();
            case WEIGHTED -> new Fusion.Weighted();
        };
    }
}
