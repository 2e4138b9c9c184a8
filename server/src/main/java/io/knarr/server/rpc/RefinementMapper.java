package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchLimits;
import io.knarr.v1.GroupBy;
import io.knarr.v1.Mmr;
import io.knarr.v1.SearchRequest;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads what is to be done with the order that a search's question gives. */
final class RefinementMapper {
    private static final double DEFAULT_LAMBDA = 0.5;
    private static final int MIN_DEFAULT_CANDIDATES = 100;

    private RefinementMapper() {}

    /**
     * Returns the refinement of a search.
     *
     * @param limitPlusOffset how many records or groups the search looks for
     */
    static Refinement toRefinement(SearchRequest request, int limitPlusOffset, Limits limits) {
        OptionalDouble threshold = OptionalDouble.empty();
        if (request.hasScoreThreshold()) {
            if (!Double.isFinite(request.getScoreThreshold())) {
                throw Rejections.of(
                        ErrorCode.NOT_FINITE,
                        FieldPath.of("score_threshold"),
                        "A threshold must not be NaN or infinite");
            }
            threshold = OptionalDouble.of(request.getScoreThreshold());
        }
        if (request.hasGroupBy() && request.hasMmr()) {
            throw Rejections.invalid(FieldPath.of("mmr"), "Groups of diverse hits cannot be asked for");
        }
        return new Refinement(
                threshold,
                request.hasGroupBy()
                        ? Optional.of(toGroupBy(request.getGroupBy(), limitPlusOffset, limits))
                        : Optional.empty(),
                request.hasMmr() ? Optional.of(toDiversity(request.getMmr(), limitPlusOffset)) : Optional.empty());
    }

    private static Refinement.GroupBy toGroupBy(GroupBy groupBy, int limitPlusOffset, Limits limits) {
        FieldPath path = FieldPath.of("group_by");
        String field = NameMapper.fieldInRead(groupBy.getField(), path.field("field"), limits.maxValueDepth());
        if (groupBy.getSize() < 0) {
            throw Rejections.invalid(path.field("size"), "A group's size must not be negative")
                    .with("actual", groupBy.getSize());
        }
        int size = groupBy.getSize() == 0 ? 1 : groupBy.getSize();
        long hits = (long) limitPlusOffset * size;
        if (hits > limits.maxLimitPlusOffset()) {
            throw Rejections.limit(
                    path.field("size"), "The groups together are too large", limits.maxLimitPlusOffset(), hits);
        }
        return new Refinement.GroupBy(field, size);
    }

    private static Refinement.Diversity toDiversity(Mmr mmr, int limitPlusOffset) {
        FieldPath path = FieldPath.of("mmr");
        double lambda = mmr.hasLambda() ? mmr.getLambda() : DEFAULT_LAMBDA;
        if (!(lambda >= 0 && lambda <= 1)) {
            throw Rejections.invalid(path.field("lambda"), "Lambda must be 0 to 1");
        }
        FieldPath candidatesPath = path.field("candidates");
        int candidates =
                mmr.getCandidates() == 0 ? Math.max(MIN_DEFAULT_CANDIDATES, limitPlusOffset) : mmr.getCandidates();
        if (candidates > SearchLimits.MAX_DIVERSITY_CANDIDATES) {
            throw Rejections.limit(
                    candidatesPath,
                    "Diverse hits are chosen from too many candidates",
                    SearchLimits.MAX_DIVERSITY_CANDIDATES,
                    candidates);
        }
        if (candidates < limitPlusOffset) {
            throw Rejections.invalid(candidatesPath, "There must be as many candidates as limit and offset together")
                    .with("least", limitPlusOffset)
                    .with("actual", candidates);
        }
        return new Refinement.Diversity(lambda, candidates);
    }
}
