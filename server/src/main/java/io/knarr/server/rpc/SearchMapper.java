package io.knarr.server.rpc;

import io.knarr.server.model.Filter;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.ConditionExplanation;
import io.knarr.v1.SearchExplanation;
import io.knarr.v1.SearchGroup;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import java.util.Optional;

/** Reads searches, writes what they found. */
final class SearchMapper {
    /** How many records a search returns that does not say. */
    private static final int DEFAULT_LIMIT = 10;

    private SearchMapper() {}

    /** Returns the search, checked in everything that needs no schema. */
    static SearchQuery toQuery(SearchRequest request, Limits limits) {
        String collection = NameMapper.collection(request.getCollection(), FieldPath.of("collection"));
        Optional<Filter> filter = request.hasFilter()
                ? Optional.of(FilterMapper.toFilter(request.getFilter(), FieldPath.of("filter"), limits))
                : Optional.empty();
        int limit = toLimit(request, limits);
        int limitPlusOffset = limit + request.getOffset();
        return new SearchQuery(
                collection,
                QuestionMapper.toQuestion(request, limitPlusOffset, limits),
                filter,
                limit,
                request.getOffset(),
                SelectionMapper.toFields(request.getFields(), FieldPath.of("fields")),
                SelectionMapper.toVectors(request.getVectors(), FieldPath.of("vectors")),
                request.getExact(),
                request.getExplain(),
                RefinementMapper.toRefinement(request, limitPlusOffset, limits));
    }

    private static int toLimit(SearchRequest request, Limits limits) {
        if (request.getLimit() < 0) {
            throw Rejections.invalid(FieldPath.of("limit"), "A limit must not be negative")
                    .with("actual", request.getLimit());
        }
        if (request.getOffset() < 0) {
            throw Rejections.invalid(FieldPath.of("offset"), "An offset must not be negative")
                    .with("actual", request.getOffset());
        }
        int limit = request.getLimit() == 0 ? DEFAULT_LIMIT : request.getLimit();
        long sum = (long) limit + request.getOffset();
        if (sum > limits.maxLimitPlusOffset()) {
            throw Rejections.limit(
                    FieldPath.of("limit"), "Limit and offset together are too large", limits.maxLimitPlusOffset(), sum);
        }
        return limit;
    }

    /** Returns what a search found, as protobuf. */
    static SearchResponse toResponse(SearchResult result) {
        SearchResponse.Builder response = SearchResponse.newBuilder()
                .setAnswerKind(result.exact() ? AnswerKind.ANSWER_KIND_EXACT : AnswerKind.ANSWER_KIND_APPROXIMATE)
                .setScoredCount(result.scoredCount());
        if (result.groups().isEmpty()) {
            result.hits().forEach(hit -> response.addHits(toProto(hit)));
        }
        int first = 0;
        for (SearchResult.Group group : result.groups()) {
            SearchGroup.Builder proto = response.addGroupsBuilder().setValue(ValueMapper.toProto(group.value()));
            result.hits().subList(first, first + group.size()).forEach(hit -> proto.addHits(toProto(hit)));
            first += group.size();
        }
        result.explanation().ifPresent(explanation -> response.setExplanation(toProto(explanation)));
        return response.build();
    }

    private static SearchHit toProto(SearchResult.Hit hit) {
        return SearchHit.newBuilder()
                .setId(RecordIdMapper.toProto(hit.record().id()))
                .setScore(hit.score())
                .setVersion(hit.record().version())
                .putAllFields(RecordMapper.toProtoFields(hit.record()))
                .putAllVectors(RecordMapper.toProtoVectors(hit.record()))
                .build();
    }

    private static SearchExplanation toProto(SearchResult.Explanation explanation) {
        SearchExplanation.Builder proto = SearchExplanation.newBuilder()
                .setPlan(explanation.plan())
                .setRecordCount(explanation.recordCount())
                .setMatchedCount(explanation.matchedCount())
                .setCold(explanation.cold())
                .setKernel(explanation.kernel())
                .setPlanReason(explanation.planReason());
        explanation.metric().ifPresent(metric -> proto.setMetric(CollectionMapper.toProto(metric)));
        explanation.expectedDuration().ifPresent(expected -> proto.setExpectedDuration(ValueMapper.toProto(expected)));
        explanation.stages().forEach(stage -> proto.addStagesBuilder()
                .setName(stage.name())
                .setDuration(ValueMapper.toProto(stage.duration())));
        explanation.conditions().forEach(condition -> proto.addConditions(toProto(condition)));
        return proto.build();
    }

    private static ConditionExplanation toProto(SearchResult.Condition condition) {
        ConditionExplanation.Builder proto = ConditionExplanation.newBuilder()
                .setPath(condition.path())
                .setIndexed(condition.indexed())
                .setEstimatedCount(condition.estimatedCount());
        condition.matchedCount().ifPresent(proto::setMatchedCount);
        return proto.build();
    }
}
