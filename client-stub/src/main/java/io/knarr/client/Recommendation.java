package io.knarr.client;

import io.knarr.v1.Example;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.RecommendStrategy;

/** Examples of what is wanted and of what is not; at most 64 together. Examples that are records are left out of the answer. Immutable: each method returns another one. */
public final class Recommendation {
    private static final Recommendation EMPTY = new Recommendation(RecommendQuery.newBuilder());

    private final RecommendQuery query;

    private Recommendation(RecommendQuery.Builder query) {
        this.query = query.build();
    }

    /** Returns one of records like these. */
    public static Recommendation of(RecordKey... examples) {
        Recommendation recommendation = EMPTY;
        for (RecordKey example : examples) {
            recommendation = recommendation.like(example);
        }
        return recommendation;
    }

    /** Returns one of records like these. */
    public static Recommendation of(String... examples) {
        Recommendation recommendation = EMPTY;
        for (String example : examples) {
            recommendation = recommendation.like(RecordKey.of(example));
        }
        return recommendation;
    }

    /** Returns this one with a record as another example of what is wanted. */
    public Recommendation like(RecordKey example) {
        return new Recommendation(query.toBuilder().addPositives(of(example)));
    }

    /** Returns this one with a vector as another example of what is wanted. */
    public Recommendation like(float... example) {
        return new Recommendation(query.toBuilder().addPositives(of(example)));
    }

    /** Returns this one with a record as another example of what is not wanted. */
    public Recommendation unlike(RecordKey example) {
        return new Recommendation(query.toBuilder().addNegatives(of(example)));
    }

    /** Returns this one with a record as another example of what is not wanted. */
    public Recommendation unlike(String example) {
        return unlike(RecordKey.of(example));
    }

    /** Returns this one with a vector as another example of what is not wanted. */
    public Recommendation unlike(float... example) {
        return new Recommendation(query.toBuilder().addNegatives(of(example)));
    }

    /** Returns this one judging every record by its best example, instead of by the examples' average vector. Always exact. */
    public Recommendation byBestScore() {
        return new Recommendation(query.toBuilder().setStrategy(RecommendStrategy.RECOMMEND_STRATEGY_BEST_SCORE));
    }

    private static Example of(RecordKey example) {
        return Example.newBuilder().setId(WireRecords.encode(example)).build();
    }

    private static Example of(float[] example) {
        return Example.newBuilder().setVector(WireRecords.encode(example)).build();
    }

    RecommendQuery encode() {
        return query;
    }
}
