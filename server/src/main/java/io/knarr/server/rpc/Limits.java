package io.knarr.server.rpc;

/**
 * How much one call may carry: what {@code GetLimits} publishes is what the mappers enforce. Limits that follow from the form of an id
 * or a name are constants of {@code model}; those of calls at once are in {@link RpcConfig}.
 *
 * @param maxCallBytes one message, request or reply; 64 KiB to 1 GiB
 * @param maxRecordBytes one record, encoded as protobuf; at most {@code maxCallBytes}
 * @param maxFieldsBytes the fields of one record, encoded as protobuf; at most {@code maxRecordBytes}
 * @param maxBatchRecords records or ids in one call, and records in a page; 1 or more
 * @param maxLimitPlusOffset limit + offset of a search; 1 or more
 * @param maxFilterDepth levels of a filter; 1 to 48, above which protobuf itself stops reading
 * @param maxFilterNodes nodes of a filter; 1 or more
 * @param maxFilterValues values or ids of one condition; 1 or more
 * @param maxValueDepth levels of lists and objects in a field's value; 1 to 30, for the same reason
 * @param maxCollectionsPerAccount collections of one account; 1 or more. Enforced by the account's backend
 */
public record Limits(
        int maxCallBytes,
        int maxRecordBytes,
        int maxFieldsBytes,
        int maxBatchRecords,
        int maxLimitPlusOffset,
        int maxFilterDepth,
        int maxFilterNodes,
        int maxFilterValues,
        int maxValueDepth,
        int maxCollectionsPerAccount) {
    /** The limits of a server that was not told otherwise. */
    public static final Limits DEFAULT =
            new Limits(64 << 20, 16 << 20, 1 << 20, 10_000, 100_000, 32, 1_024, 10_000, 16, 1_000);

    public Limits {
        require(maxCallBytes, 64 << 10, 1 << 30, "limits.max-call-bytes");
        require(maxRecordBytes, 1, maxCallBytes, "limits.max-record-bytes");
        require(maxFieldsBytes, 1, maxRecordBytes, "limits.max-fields-bytes");
        require(maxBatchRecords, 1, 1_000_000, "limits.max-batch-records");
        require(maxLimitPlusOffset, 1, 10_000_000, "limits.max-limit-plus-offset");
        require(maxFilterDepth, 1, 48, "limits.max-filter-depth");
        require(maxFilterNodes, 1, 1_000_000, "limits.max-filter-nodes");
        require(maxFilterValues, 1, 1_000_000, "limits.max-filter-values");
        require(maxValueDepth, 1, 30, "limits.max-value-depth");
        require(maxCollectionsPerAccount, 1, 1_000_000, "limits.max-collections-per-account");
    }

    private static void require(int value, int min, int max, String property) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(property + " must be " + min + " to " + max + ": " + value);
        }
    }
}
