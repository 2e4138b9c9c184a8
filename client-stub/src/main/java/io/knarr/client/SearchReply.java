package io.knarr.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer to a search.
 *
 * @param hits the records found, nearest first, ties in the order of their ids; none where groups were asked for
 * @param groups hits that share a value, where that was asked for; that of the nearest hit first
 * @param kind whether a nearer record may have been missed
 * @param scoredCount how many vectors were scored
 * @param explanation how the answer was found; only where asked for
 */
public record SearchReply(
        List<Hit> hits, List<Group> groups, AnswerKind kind, long scoredCount, Optional<Explanation> explanation) {
    public SearchReply {
        hits = List.copyOf(hits);
        groups = List.copyOf(groups);
    }

    /**
     * Hits that share a value of a field.
     *
     * @param value as {@link Fields} hold it
     * @param hits the best of them, nearest first
     */
    public record Group(Object value, List<Hit> hits) {
        public Group {
            hits = List.copyOf(hits);
        }
    }

    /** How an answer was found. */
    public enum AnswerKind {
        /** Every record was considered: nothing nearer exists. */
        EXACT,
        /** A graph was searched: a nearer record may have been missed. */
        APPROXIMATE
    }

    /**
     * How a search was answered.
     *
     * @param plan the plan in a word: {@code exact-estimated}
     * @param metric how vectors were compared; empty where the scores are of no metric
     * @param recordCount records in the collection
     * @param matchedCount records that match the filter
     * @param cold true if this call had to load the collection from the store
     * @param kernel which kernel computed the distances
     * @param stages time per stage, in the order they ran
     * @param planReason why this plan and no other, in some words for people; they may change
     * @param expectedDuration what the scan was thought to take beforehand, on one thread that nothing disturbs; empty where nothing was
     *     thought
     * @param conditions each condition of the filter by itself
     */
    public record Explanation(
            String plan,
            Optional<Metric> metric,
            long recordCount,
            long matchedCount,
            boolean cold,
            String kernel,
            List<Stage> stages,
            String planReason,
            Optional<Duration> expectedDuration,
            List<Condition> conditions) {
        public Explanation {
            stages = List.copyOf(stages);
            conditions = List.copyOf(conditions);
        }
    }

    /**
     * One condition of a filter by itself.
     *
     * @param path where it is in the request
     * @param indexed whether an index finds its records
     * @param estimatedCount at most how many records were thought to match
     * @param matchedCount how many do, where that was counted
     */
    public record Condition(String path, boolean indexed, long estimatedCount, OptionalLong matchedCount) {}

    /** One stage of a search and how long it took. */
    public record Stage(String name, Duration duration) {}
}
