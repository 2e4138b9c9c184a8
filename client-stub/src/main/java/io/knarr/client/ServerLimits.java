package io.knarr.client;

/**
 * How much a server allows. Sizes are in bytes.
 *
 * @param calls limits of a call
 * @param schema limits of a collection's schema
 * @param filter limits of a filter
 * @param load limits of an account and of the server
 */
public record ServerLimits(CallLimits calls, SchemaLimits schema, FilterLimits filter, LoadLimits load) {
    /**
     * Limits of a call and of the records in it.
     *
     * @param maxCallBytes one call's message
     * @param maxRecordBytes one record, encoded
     * @param maxFieldsBytes the fields of one record, encoded
     * @param maxBatchRecords records or ids in one call
     * @param maxIdBytes a string id's UTF-8
     * @param maxLimitPlusOffset limit + offset of a search
     */
    public record CallLimits(
            long maxCallBytes,
            long maxRecordBytes,
            long maxFieldsBytes,
            int maxBatchRecords,
            int maxIdBytes,
            int maxLimitPlusOffset) {}

    /**
     * Limits of a schema, its names and its values.
     *
     * @param maxDimension components of a vector
     * @param maxVectors vectors of a schema
     * @param maxFields declared fields of a schema
     * @param maxNameLength characters of a collection, vector or field name
     * @param maxValueDepth levels of nested field values
     */
    public record SchemaLimits(int maxDimension, int maxVectors, int maxFields, int maxNameLength, int maxValueDepth) {}

    /**
     * Limits of a filter.
     *
     * @param maxDepth levels
     * @param maxNodes nodes
     * @param maxValues values of one equality condition
     */
    public record FilterLimits(int maxDepth, int maxNodes, int maxValues) {}

    /**
     * Limits of an account and of the server.
     *
     * @param maxAccountIdLength characters of an account id
     * @param maxCollectionsPerAccount collections of one account
     * @param maxConcurrentCallsPerAccount calls of one account at once
     * @param maxConcurrentCalls calls of the server at once
     */
    public record LoadLimits(
            int maxAccountIdLength,
            int maxCollectionsPerAccount,
            int maxConcurrentCallsPerAccount,
            int maxConcurrentCalls) {}
}
