package io.knarr.server.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a search found.
 *
 * @param hits nearest first, ties in the order of their ids; diverse ones in the order they were chosen. With groups: one group's hits
 *     after the other's
 * @param groups which of the hits belong together, where groups were asked for, the group of the nearest hit first
 * @param exact whether nothing nearer exists
 * @param scoredCount how many vectors were scored
 * @param explanation how it was found, if that was asked for
 */
public record SearchResult(
        List<Hit> hits, List<Group> groups, boolean exact, long scoredCount, Optional<Explanation> explanation) {
    public SearchResult {
        hits = List.copyOf(hits);
        groups = List.copyOf(groups);
    }

    /** Makes the result of a search without groups. */
    public SearchResult(List<Hit> hits, boolean exact, long scoredCount, Optional<Explanation> explanation) {
        this(hits, List.of(), exact, scoredCount, explanation);
    }

    /**
     * The hits of one value.
     *
     * @param value the field's value, or the element of its list
     * @param size how many of the next hits are its
     */
    public record Group(FieldValue value, int size) {}

    /**
     * One record found.
     *
     * @param record the record, with the fields and vectors that were asked for
     * @param score by the vector's metric, or as the question says
     */
    public record Hit(StoredRecord record, double score) {}

    /**
     * How a search was answered.
     *
     * @param plan the plan in a word
     * @param metric the metric, where the scores are of one
     * @param recordCount records in the collection
     * @param matchedCount records that match the filter
     * @param cold whether this call had to load the collection
     * @param kernel which kernel computed the distances
     * @param stages time per stage, in the order they ran
     * @param planReason why this plan and no other, in some words for people
     * @param expectedDuration what the scan was thought to take beforehand, on one thread that nothing disturbs; positive; empty where
     *     nothing was thought
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
     * One condition of a filter.
     *
     * @param path where it is in the request
     * @param indexed whether an index finds its records; otherwise those that the rest of the filter leaves are looked at
     * @param estimatedCount at most how many records were thought to match, before any was looked at
     * @param matchedCount how many do, where they were counted
     */
    public record Condition(String path, boolean indexed, long estimatedCount, OptionalLong matchedCount) {}

    /** One stage and the time it took. */
    public record Stage(String name, Duration duration) {}
}
