package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.Aggregation;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FilterBounds;
import io.knarr.server.model.Names;
import io.knarr.server.model.Paths;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchLimits;
import io.knarr.server.model.Slice;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetLimitsResponse;

/** Answers GetLimits. */
final class GetLimitsHandler implements RpcHandler<GetLimitsRequest, GetLimitsResponse> {
    private final Limits limits;
    private final RpcConfig config;
    private final CursorConfig cursors;
    private final IngestConfig ingests;

    @Inject
    GetLimitsHandler(Limits limits, RpcConfig config, CursorConfig cursors, IngestConfig ingests) {
        this.limits = requireNonNull(limits, "limits is null");
        this.config = requireNonNull(config, "config is null");
        this.cursors = requireNonNull(cursors, "cursors is null");
        this.ingests = requireNonNull(ingests, "ingests is null");
    }

    @Override
    public GetLimitsResponse handle(Identity identity, GetLimitsRequest request, CallDeadline deadline) {
        return GetLimitsResponse.newBuilder()
                .setLimits(io.knarr.v1.Limits.newBuilder()
                        .setMaxCallBytes(limits.maxCallBytes())
                        .setMaxRecordBytes(limits.maxRecordBytes())
                        .setMaxFieldsBytes(limits.maxFieldsBytes())
                        .setMaxBatchRecords(limits.maxBatchRecords())
                        .setMaxIdBytes(RecordId.MAX_STRING_BYTES)
                        .setMaxLimitPlusOffset(limits.maxLimitPlusOffset())
                        .setMaxDimension(VectorSpec.MAX_DIMENSION)
                        .setMaxDeletesByFilter(AccountBackend.MAX_DELETED_BY_FILTER)
                        .setMaxVectorsPerCollection(Schema.MAX_VECTORS)
                        .setMaxFieldsPerCollection(Schema.MAX_FIELDS)
                        .setMaxFilterDepth(limits.maxFilterDepth())
                        .setMaxFilterNodes(limits.maxFilterNodes())
                        .setMaxFilterValues(limits.maxFilterValues())
                        .setMaxAccountIdLength(AccountId.MAX_LENGTH)
                        .setMaxNameLength(Names.MAX_LENGTH)
                        .setMaxValueDepth(limits.maxValueDepth())
                        .setMaxCollectionsPerAccount(limits.maxCollectionsPerAccount())
                        .setMaxConcurrentCallsPerAccount(config.maxConcurrentCallsPerAccount())
                        .setMaxConcurrentCalls(config.maxConcurrentCalls())
                        .setMaxFilterTextLength(FilterBounds.MAX_TEXT_LENGTH)
                        .setMaxFilterPatternLength(FilterBounds.MAX_PATTERN_LENGTH)
                        .setMaxFilterPatternSize(FilterBounds.MAX_PATTERN_SIZE)
                        .setMaxPathLength(Paths.MAX_LENGTH)
                        .setMaxPathSegments(Paths.MAX_SEGMENTS)
                        .setMaxFieldDepth(FieldSpec.MAX_DEPTH)
                        .setMaxCursorsPerAccount(cursors.maxCursorsPerAccount())
                        .setMaxCursors(cursors.maxCursors())
                        .setCursorLease(ValueMapper.toProto(cursors.lease()))
                        .setMaxCursorBytes(cursors.maxBytesPerCursor())
                        .setMaxSlices(Slice.MAX_COUNT)
                        .setMaxAggregations(Aggregation.MAX_COUNT)
                        .setMaxAggregationDepth(Aggregation.MAX_DEPTH)
                        .setMaxAggregationBuckets(Aggregation.MAX_BUCKETS)
                        .setMaxAggregationValues(Aggregation.MAX_KEPT)
                        .setMaxIngestStreamsPerAccount(ingests.maxStreamsPerAccount())
                        .setMaxIngestStreams(ingests.maxStreams())
                        .setMaxIngestChunksInFlight(ingests.windowChunks())
                        .setMaxIngestBytesInFlight(ingests.windowBytes())
                        .setIngestIdleTimeout(ValueMapper.toProto(ingests.idleTimeout()))
                        .setIngestMemory(ValueMapper.toProto(AccountBackend.INGESTS_KEPT))
                        .setMaxIngestsPerCollection(AccountBackend.MAX_INGESTS)
                        .setMaxBatchSearches(SearchLimits.MAX_BATCH_SEARCHES)
                        .setMaxExamples(SearchLimits.MAX_EXAMPLES)
                        .setMaxHybridParts(SearchLimits.MAX_HYBRID_PARTS)
                        .setMaxMmrCandidates(SearchLimits.MAX_DIVERSITY_CANDIDATES)
                        .setMaxSparseEntries(VectorData.Sparse.MAX_ENTRIES)
                        .setMaxMultiVectorRows(VectorData.Multi.MAX_ROWS)
                        .setMaxMultiVectorComponents(VectorData.Multi.MAX_COMPONENTS))
                .build();
    }
}
