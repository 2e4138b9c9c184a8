package io.knarr.client;

import io.knarr.v1.DistributionBasedFusion;
import io.knarr.v1.HybridQuery;
import io.knarr.v1.ReciprocalRankFusion;
import io.knarr.v1.WeightedFusion;

/** Several questions, 1 to 8, whose answers are fused into one; by reciprocal ranks with k = 60 unless it says otherwise. Immutable: each method returns another one. */
public final class Hybrid {
    private final HybridQuery query;

    private Hybrid(HybridQuery.Builder query) {
        this.query = query.build();
    }

    /** Returns one of these questions, each of weight 1. Their limits say how many of each one's records take part. */
    public static Hybrid of(Search... parts) {
        Hybrid hybrid = new Hybrid(HybridQuery.newBuilder());
        for (Search part : parts) {
            hybrid = hybrid.and(part, 1);
        }
        return hybrid;
    }

    /** Returns this one with another question, whose scores are multiplied by a weight: above 0, at most 1,000,000. */
    public Hybrid and(Search part, double weight) {
        return new Hybrid(query.toBuilder().addParts(part.encodePart(weight)));
    }

    /** Returns this one fused by the sum of weight / (k + rank); k is 1 to 1,000,000. */
    public Hybrid byReciprocalRank(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("k must be at least 1: " + k);
        }
        return new Hybrid(query.toBuilder()
                .setReciprocalRank(ReciprocalRankFusion.newBuilder().setK(k)));
    }

    /** Returns this one fused by scores, each seen within three standard deviations of its question's scores. */
    public Hybrid byDistribution() {
        return new Hybrid(query.toBuilder().setDistributionBased(DistributionBasedFusion.getDefaultInstance()));
    }

    /** Returns this one fused by scores, each seen between the least and the greatest of its question's. */
    public Hybrid byWeights() {
        return new Hybrid(query.toBuilder().setWeighted(WeightedFusion.getDefaultInstance()));
    }

    HybridQuery encode() {
        return query;
    }
}
