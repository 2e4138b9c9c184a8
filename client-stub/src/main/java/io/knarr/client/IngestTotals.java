package io.knarr.client;

/**
 * What an {@link IngestWriter} has done so far.
 *
 * @param passedOver records that were not sent, since their chunks had been dealt with before
 * @param created records acknowledged that there were not before
 * @param replaced records acknowledged that there were
 * @param chunks chunks acknowledged
 * @param refusedChunks chunks refused
 * @param streams streams it took
 */
public record IngestTotals(
        long passedOver, long created, long replaced, long chunks, long refusedChunks, int streams) {}
