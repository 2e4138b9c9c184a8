package io.knarr.client;

/**
 * How a large upsert is cut into calls.
 *
 * @param maxRecords records per call, 1 to 10,000
 * @param maxBytes bytes of records per call, encoded; a single record above it travels alone
 * @param maxCallsInFlight calls under way at once, 1 to 64
 */
public record BatchPolicy(int maxRecords, int maxBytes, int maxCallsInFlight) {
    /** 500 records or 4 MiB per call, 4 calls at once. */
    public static final BatchPolicy STANDARD = new BatchPolicy(500, 4 << 20, 4);

    public BatchPolicy {
        if (maxRecords < 1 || maxRecords > 10_000) {
            throw new IllegalArgumentException("maxRecords must be 1 to 10000: " + maxRecords);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive: " + maxBytes);
        }
        if (maxCallsInFlight < 1 || maxCallsInFlight > 64) {
            throw new IllegalArgumentException("maxCallsInFlight must be 1 to 64: " + maxCallsInFlight);
        }
    }
}
