package io.knarr.server.model;

import java.util.SequencedMap;

/**
 * What aggregations came to.
 *
 * @param results by the aggregations' names
 * @param matchedCount over how many records they were computed
 */
public record AggregateReply(SequencedMap<String, AggregateResult> results, long matchedCount) {}
