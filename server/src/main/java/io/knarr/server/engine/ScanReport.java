package io.knarr.server.engine;

/**
 * What a scan did.
 *
 * @param rowsScored how many rows were compared with the query
 * @param stopped whether the stop signal ended it early, so that the result is not the answer
 */
public record ScanReport(long rowsScored, boolean stopped) {}
