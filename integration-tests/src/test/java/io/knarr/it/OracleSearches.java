package io.knarr.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.grpc.Status;
import io.knarr.v1.BatchSearchRequest;
import io.knarr.v1.BatchSearchResponse;
import io.knarr.v1.BatchSearchResult;
import io.knarr.v1.DistributionBasedFusion;
import io.knarr.v1.Example;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Filter;
import io.knarr.v1.GroupBy;
import io.knarr.v1.HybridPart;
import io.knarr.v1.HybridQuery;
import io.knarr.v1.Metric;
import io.knarr.v1.Mmr;
import io.knarr.v1.ReciprocalRankFusion;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.RecommendStrategy;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.SearchGroup;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.TextQuery;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSpec;
import io.knarr.v1.WeightedFusion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Random searches: every kind of question, and what is done with its answer. */
final class OracleSearches {
    /** Fused scores are sums of a few quotients, which are added in another order here. */
    private static final double FUSED = 1e-9;

    private final OracleState state;
    private final SplittableRandom random;

    OracleSearches(OracleState state) {
        this.state = state;
        this.random = state.random;
    }

    void search() {
        if (!canSearch()) {
            return;
        }
        SearchRequest request = request();
        SearchResponse reply =
                state.call(() -> state.caller().search(state.name).search(request), refusals(request), request);
        if (reply != null) {
            requireRight(request, reply);
        }
    }

    /** Several searches at once, each answered or refused by itself. */
    void batch() {
        if (!canSearch()) {
            return;
        }
        BatchSearchRequest.Builder batch = BatchSearchRequest.newBuilder().setCollection(OracleState.COLLECTION);
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            batch.addSearches(request());
        }
        BatchSearchResponse reply = requireNonNull(
                state.call(() -> state.caller().search(state.name).batchSearch(batch.build()), Set.of(), batch),
                "reply is null");
        assertThat(reply.getResultsCount()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            SearchRequest request = batch.getSearches(i);
            Set<String> reasons = refusals(request);
            BatchSearchResult result = reply.getResults(i);
            if (reasons.isEmpty()) {
                assertThat(result.hasResponse())
                        .as("%s: %s: %s", state, result, request)
                        .isTrue();
                requireRight(request, result.getResponse());
            } else {
                assertThat(reasons)
                        .as("%s: %s: %s", state, result, request)
                        .contains(result.getError().getReason());
                assertThat(result.getError().getCode())
                        .as("%s: %s: %s", state, result, request)
                        .isEqualTo((result.getError().getReason().equals("RECORD_NOT_FOUND")
                                        ? Status.Code.NOT_FOUND
                                        : Status.Code.INVALID_ARGUMENT)
                                .value());
            }
        }
    }

    /** Without vectors and texts there is nothing to ask for. */
    private boolean canSearch() {
        return state.schema.getVectorsCount() > 0 || text().isPresent();
    }

    private SearchRequest request() {
        SearchRequest.Builder request = SearchRequest.newBuilder()
                .setCollection(OracleState.COLLECTION)
                .setLimit(1 + random.nextInt(20))
                .setOffset(random.nextInt(3) == 0 ? random.nextInt(10) : 0)
                .setExact(random.nextBoolean());
        if (random.nextBoolean()) {
            request.setFilter(state.filters.filter());
        }
        Optional<TextQuery> text = text();
        if (state.schema.getVectorsCount() == 0) {
            return request.setText(text.orElseThrow()).build();
        }
        VectorSpec spec = pick(state.schema.getVectorsList());
        boolean sparse = isSparse(spec);
        int roll = random.nextInt(12);
        if (roll < 2 && text.isPresent()) {
            request.setText(text.get());
        } else if (roll < 6 || (sparse && roll < 8)) {
            request.setVectorName(spec.getName()).setVector(state.values.vector(spec));
        } else if (roll < 8 || (sparse && roll < 10)) {
            request.setVectorName(spec.getName()).setLikeId(state.likelyId());
        } else if (roll < 10) {
            request.setVectorName(spec.getName()).setRecommend(recommend(spec));
        } else {
            request.setHybrid(hybrid());
        }
        boolean plain = request.hasVector() && isExact(spec);
        boolean whole = plain && !sparse && spec.getMetric() != Metric.METRIC_EUCLID;
        int refined = random.nextInt(4);
        if (refined == 0 && plain) {
            request.setGroupBy(
                    GroupBy.newBuilder().setField(pick(RandomSchema.PATHS)).setSize(1 + random.nextInt(3)));
        } else if (refined == 1 && whole) {
            request.setMmr(Mmr.newBuilder()
                    .setLambda(random.nextInt(5) / 4.0)
                    .setCandidates(request.getLimit() + request.getOffset() + random.nextInt(10)));
        } else if (refined == 2 && plain) {
            // A quarter, which no distance between integers is near.
            request.setScoreThreshold(random.nextInt(40) - 20 + 0.25);
        }
        return request.build();
    }

    private static boolean isSparse(VectorSpec spec) {
        return spec.getKind() == VectorKind.VECTOR_KIND_SPARSE;
    }

    /** Returns whether scores of small integers are not rounded, so that equal ones are equal. */
    private static boolean isExact(VectorSpec spec) {
        return isSparse(spec) ? !spec.getIdf() : spec.getMetric() != Metric.METRIC_COSINE;
    }

    private static boolean largerIsNearer(VectorSpec spec) {
        return isSparse(spec) || ModelSearch.largerIsNearer(spec.getMetric());
    }

    /** Returns words for one of the declared texts, where there is one. */
    private Optional<TextQuery> text() {
        List<FieldSpec> texts = state.schema.getFieldsList().stream()
                .filter(field -> field.getType() == FieldType.FIELD_TYPE_TEXT)
                .toList();
        return texts.isEmpty()
                ? Optional.empty()
                : Optional.of(TextQuery.newBuilder()
                        .setField(pick(texts).getName())
                        .setQuery((pick(RandomSchema.WORDS) + " " + state.values.words(4)).strip())
                        .build());
    }

    private RecommendQuery recommend(VectorSpec spec) {
        boolean best = random.nextBoolean();
        RecommendQuery.Builder query = RecommendQuery.newBuilder();
        int positives = best ? random.nextInt(3) : 1 + random.nextInt(3);
        for (int i = 0; i < positives; i++) {
            query.addPositives(example(spec));
        }
        int negatives = positives == 0 ? 1 : random.nextInt(3);
        for (int i = 0; i < negatives; i++) {
            query.addNegatives(example(spec));
        }
        return query.setStrategy(
                        best
                                ? RecommendStrategy.RECOMMEND_STRATEGY_BEST_SCORE
                                : RecommendStrategy.RECOMMEND_STRATEGY_AVERAGE_VECTOR)
                .build();
    }

    private Example example(VectorSpec spec) {
        return random.nextBoolean()
                ? Example.newBuilder().setId(state.likelyId()).build()
                : Example.newBuilder().setVector(state.values.vector(spec)).build();
    }

    private HybridQuery hybrid() {
        HybridQuery.Builder hybrid = HybridQuery.newBuilder();
        int parts = 1 + random.nextInt(3);
        for (int i = 0; i < parts; i++) {
            VectorSpec spec = pick(state.schema.getVectorsList());
            Optional<TextQuery> text = text();
            HybridPart.Builder part = HybridPart.newBuilder();
            if (text.isPresent() && random.nextInt(3) == 0) {
                part.setText(text.get());
            } else {
                part.setVectorName(spec.getName()).setVector(state.values.vector(spec));
            }
            if (random.nextInt(3) == 0) {
                part.setFilter(state.filters.filter());
            }
            if (random.nextInt(3) == 0) {
                part.setLimit(1 + random.nextInt(20));
            }
            if (random.nextInt(3) == 0) {
                part.setWeight(1 + random.nextInt(3));
            }
            hybrid.addParts(part);
        }
        switch (random.nextInt(3)) {
            case 0 -> hybrid.setReciprocalRank(ReciprocalRankFusion.newBuilder().setK(random.nextInt(3)));
            case 1 -> hybrid.setDistributionBased(DistributionBasedFusion.getDefaultInstance());
            default -> hybrid.setWeighted(WeightedFusion.getDefaultInstance());
        }
        return hybrid.build();
    }

    private Set<String> refusals(SearchRequest request) {
        Set<String> reasons = new HashSet<>(state.refusals(filterOf(request)));
        if (request.hasLikeId()) {
            reasons.addAll(missing(request.getLikeId(), request.getVectorName()));
        }
        examples(request).stream()
                .filter(Example::hasId)
                .forEach(example -> reasons.addAll(missing(example.getId(), request.getVectorName())));
        for (HybridPart part : request.getHybrid().getPartsList()) {
            reasons.addAll(state.refusals(part.hasFilter() ? Optional.of(part.getFilter()) : Optional.empty()));
        }
        if (request.hasGroupBy() && state.schema.getClosed()) {
            String field = request.getGroupBy().getField();
            int dot = field.indexOf('.');
            if (state.declared(dot < 0 ? field : field.substring(0, dot)).isEmpty()) {
                reasons.add("UNKNOWN_FIELD");
            }
        }
        return reasons;
    }

    private Set<String> missing(RecordId id, String vectorName) {
        Record record = state.model.get(id);
        if (record == null) {
            return Set.of("RECORD_NOT_FOUND");
        }
        return record.containsVectors(vectorName) ? Set.of() : Set.of("INVALID_FIELD");
    }

    private static Optional<Filter> filterOf(SearchRequest request) {
        return request.hasFilter() ? Optional.of(request.getFilter()) : Optional.empty();
    }

    private static List<Example> examples(SearchRequest request) {
        List<Example> examples = new ArrayList<>(request.getRecommend().getPositivesList());
        examples.addAll(request.getRecommend().getNegativesList());
        return examples;
    }

    private VectorSpec spec(String vectorName) {
        return state.schema.getVectorsList().stream()
                .filter(spec -> spec.getName().equals(vectorName))
                .findFirst()
                .orElseThrow();
    }

    private void requireRight(SearchRequest request, SearchResponse reply) {
        List<SearchHit> hits = new ArrayList<>(reply.getHitsList());
        reply.getGroupsList().forEach(group -> hits.addAll(group.getHitsList()));
        for (SearchHit hit : hits) {
            Record record = requireNonNull(state.model.get(hit.getId()), "found a record that is not there");
            assertThat(hit.getVersion()).isEqualTo(record.getVersion());
            assertThat(hit.getFieldsMap()).as("fields of %s", hit.getId()).isEqualTo(record.getFieldsMap());
        }
        List<Record> candidates = state.matching(filterOf(request));
        if (request.hasHybrid()) {
            requireFused(request, reply, candidates);
            return;
        }
        if (request.hasText()) {
            assertThat(ModelSearch.difference(
                            byWords(candidates, request.getText()),
                            request.getOffset(),
                            request.getLimit(),
                            scored(reply.getHitsList()),
                            true))
                    .as("%s searches %s", state, request)
                    .isEmpty();
            return;
        }
        VectorSpec spec = spec(request.getVectorName());
        List<ModelSearch.Scored> ranked = ranked(request, candidates, spec);
        boolean largerIsNearer = request.getRecommend().getStrategy() == RecommendStrategy.RECOMMEND_STRATEGY_BEST_SCORE
                || largerIsNearer(spec);
        if (request.hasScoreThreshold()) {
            double threshold = request.getScoreThreshold();
            ranked = ranked.stream()
                    .filter(scored -> largerIsNearer ? scored.score() >= threshold : scored.score() <= threshold)
                    .toList();
        }
        if (request.hasGroupBy()) {
            requireGroups(request, reply, ranked);
            return;
        }
        if (request.hasMmr()) {
            ranked = diverse(request, ranked, spec);
        }
        if (isUndecided(request, candidates, spec)) {
            return;
        }
        boolean rounded = !isExact(spec) || request.hasRecommend();
        assertThat(ModelSearch.difference(
                        ranked, request.getOffset(), request.getLimit(), scored(reply.getHitsList()), rounded))
                .as("%s searches %s", state, request)
                .isEmpty();
    }

    private static List<ModelSearch.Scored> scored(List<SearchHit> hits) {
        return hits.stream()
                .map(hit -> new ModelSearch.Scored(hit.getId(), hit.getScore()))
                .toList();
    }

    private List<ModelSearch.Scored> ranked(SearchRequest request, List<Record> candidates, VectorSpec spec) {
        String name = spec.getName();
        if (request.hasVector()) {
            return rank(candidates, spec, request.getVector());
        }
        if (request.hasLikeId()) {
            Vector vector = requireNonNull(state.model.get(request.getLikeId()), "no such example")
                    .getVectorsOrThrow(name);
            return rank(without(candidates, Set.of(request.getLikeId())), spec, vector);
        }
        Set<RecordId> named = new HashSet<>();
        examples(request).stream().filter(Example::hasId).forEach(example -> named.add(example.getId()));
        List<Vector> positives = vectors(request.getRecommend().getPositivesList(), name);
        List<Vector> negatives = vectors(request.getRecommend().getNegativesList(), name);
        List<Record> others = without(candidates, named);
        return request.getRecommend().getStrategy() == RecommendStrategy.RECOMMEND_STRATEGY_BEST_SCORE
                ? ModelSearch.rankByExamples(others, name, spec.getMetric(), positives, negatives)
                : ModelSearch.rank(
                        others,
                        name,
                        spec.getMetric(),
                        ModelSearch.average(spec.getMetric(), spec.getDimension(), positives, negatives));
    }

    private boolean isUndecided(SearchRequest request, List<Record> candidates, VectorSpec spec) {
        return request.getRecommend().getStrategy() == RecommendStrategy.RECOMMEND_STRATEGY_BEST_SCORE
                && !isExact(spec)
                && ModelSearch.isUndecided(
                        candidates,
                        spec.getName(),
                        spec.getMetric(),
                        vectors(request.getRecommend().getPositivesList(), spec.getName()),
                        vectors(request.getRecommend().getNegativesList(), spec.getName()));
    }

    private List<ModelSearch.Scored> rank(List<Record> candidates, VectorSpec spec, Vector query) {
        return isSparse(spec)
                ? ModelSearch.rankSparse(state.model.values(), candidates, spec, query)
                : ModelSearch.rank(candidates, spec.getName(), spec.getMetric(), query);
    }

    private List<ModelSearch.Scored> byWords(List<Record> candidates, TextQuery text) {
        return ModelWords.rank(
                state.model.values(),
                candidates,
                state.declared(text.getField()).orElseThrow(),
                text.getQuery());
    }

    private List<Vector> vectors(List<Example> examples, String name) {
        return examples.stream()
                .map(example -> example.hasVector()
                        ? example.getVector()
                        : requireNonNull(state.model.get(example.getId()), "no such example")
                                .getVectorsOrThrow(name))
                .toList();
    }

    private static List<Record> without(List<Record> records, Set<RecordId> ids) {
        return records.stream().filter(record -> !ids.contains(record.getId())).toList();
    }

    private void requireGroups(SearchRequest request, SearchResponse reply, List<ModelSearch.Scored> ranked) {
        List<ModelSearch.Group> groups = ModelSearch.groups(
                ranked,
                state.model,
                request.getGroupBy().getField(),
                request.getOffset(),
                request.getLimit(),
                request.getGroupBy().getSize());
        assertThat(reply.getHitsList()).isEmpty();
        assertThat(reply.getGroupsCount()).as("%s groups %s", state, request).isEqualTo(groups.size());
        for (int i = 0; i < groups.size(); i++) {
            SearchGroup group = reply.getGroups(i);
            Value expected = groups.get(i).value();
            assertThat(group.getValue().equals(expected) || ModelValues.equal(group.getValue(), expected))
                    .as("%s groups %s, group %d: %s, expected %s", state, request, i, group, expected)
                    .isTrue();
            assertThat(ModelSearch.difference(
                            groups.get(i).hits(), 0, Integer.MAX_VALUE, scored(group.getHitsList()), false))
                    .as("%s groups %s, group %d", state, request, i)
                    .isEmpty();
        }
    }

    private List<ModelSearch.Scored> diverse(SearchRequest request, List<ModelSearch.Scored> ranked, VectorSpec spec) {
        int candidates = Math.min(ranked.size(), request.getMmr().getCandidates());
        return ModelSearch.diverse(
                ranked.subList(0, candidates),
                id -> requireNonNull(state.model.get(id), "no such record").getVectorsOrThrow(spec.getName()),
                spec.getMetric(),
                request.getMmr().getLambda());
    }

    private void requireFused(SearchRequest request, SearchResponse reply, List<Record> candidates) {
        HybridQuery hybrid = request.getHybrid();
        // Ranks among equals are not the model's to say where scores are rounded.
        boolean ambiguous =
                hybrid.getPartsList().stream().anyMatch(part -> part.hasText() || !isExact(spec(part.getVectorName())));
        int wanted = request.getLimit() + request.getOffset();
        List<ModelSearch.Part> parts = new ArrayList<>();
        for (HybridPart part : hybrid.getPartsList()) {
            List<Record> matching = candidates.stream()
                    .filter(record -> !part.hasFilter() || ModelFilter.matches(part.getFilter(), state.schema, record))
                    .toList();
            List<ModelSearch.Scored> ranked = part.hasText()
                    ? byWords(matching, part.getText())
                    : rank(matching, spec(part.getVectorName()), part.getVector());
            int limit = part.getLimit() == 0 ? Math.max(100, wanted) : part.getLimit();
            parts.add(new ModelSearch.Part(
                    ranked.subList(0, Math.min(limit, ranked.size())),
                    part.hasWeight() ? part.getWeight() : 1,
                    part.hasText() || largerIsNearer(spec(part.getVectorName()))));
        }
        List<ModelSearch.Scored> fused = ModelSearch.fuse(hybrid, parts);
        List<ModelSearch.Scored> expected =
                fused.subList(Math.min(request.getOffset(), fused.size()), Math.min(wanted, fused.size()));
        if (ambiguous) {
            return;
        }
        assertThat(reply.getHitsCount()).as("%s fuses %s", state, request).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            double score = expected.get(i).score();
            RecordId id = reply.getHits(i).getId();
            assertThat(reply.getHits(i).getScore())
                    .as("%s fuses %s, hit %d: %s, expected %s", state, request, i, id, expected.get(i))
                    .isCloseTo(score, within(FUSED));
            assertThat(fused)
                    .as("%s fuses %s, hit %d", state, request, i)
                    .anyMatch(scored -> scored.id().equals(id) && Math.abs(scored.score() - score) <= FUSED);
        }
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
