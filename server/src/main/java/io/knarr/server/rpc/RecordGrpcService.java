package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CountRecordsResponse;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.PatchRecordsResponse;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SampleRecordsRequest;
import io.knarr.v1.SampleRecordsResponse;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;

/** Binds RecordService to its handlers. */
final class RecordGrpcService extends RecordServiceGrpc.RecordServiceImplBase {
    private final UnaryCall call;
    private final StreamingCall stream;
    private final IngestStreams ingests;
    private final UpsertRecordsHandler upsertRecords;
    private final GetRecordsHandler getRecords;
    private final DeleteRecordsHandler deleteRecords;
    private final PatchRecordsHandler patchRecords;
    private final ListRecordsHandler listRecords;
    private final CountRecordsHandler countRecords;
    private final AggregateRecordsHandler aggregateRecords;
    private final SampleRecordsHandler sampleRecords;
    private final ExportRecordsHandler exportRecords;

    @Inject
    RecordGrpcService(
            UnaryCall call,
            StreamingCall stream,
            IngestStreams ingests,
            UpsertRecordsHandler upsertRecords,
            GetRecordsHandler getRecords,
            DeleteRecordsHandler deleteRecords,
            PatchRecordsHandler patchRecords,
            ListRecordsHandler listRecords,
            CountRecordsHandler countRecords,
            AggregateRecordsHandler aggregateRecords,
            SampleRecordsHandler sampleRecords,
            ExportRecordsHandler exportRecords) {
        this.call = requireNonNull(call, "call is null");
        this.stream = requireNonNull(stream, "stream is null");
        this.ingests = requireNonNull(ingests, "ingests is null");
        this.upsertRecords = requireNonNull(upsertRecords, "upsertRecords is null");
        this.getRecords = requireNonNull(getRecords, "getRecords is null");
        this.deleteRecords = requireNonNull(deleteRecords, "deleteRecords is null");
        this.patchRecords = requireNonNull(patchRecords, "patchRecords is null");
        this.listRecords = requireNonNull(listRecords, "listRecords is null");
        this.countRecords = requireNonNull(countRecords, "countRecords is null");
        this.aggregateRecords = requireNonNull(aggregateRecords, "aggregateRecords is null");
        this.sampleRecords = requireNonNull(sampleRecords, "sampleRecords is null");
        this.exportRecords = requireNonNull(exportRecords, "exportRecords is null");
    }

    @Override
    public void upsertRecords(UpsertRecordsRequest request, StreamObserver<UpsertRecordsResponse> observer) {
        call.answer(request, observer, upsertRecords);
    }

    @Override
    public StreamObserver<IngestRequest> ingest(StreamObserver<IngestResponse> observer) {
        return ingests.start(observer);
    }

    @Override
    public void patchRecords(PatchRecordsRequest request, StreamObserver<PatchRecordsResponse> observer) {
        call.answer(request, observer, patchRecords);
    }

    @Override
    public void getRecords(GetRecordsRequest request, StreamObserver<GetRecordsResponse> observer) {
        call.answer(request, observer, getRecords);
    }

    @Override
    public void deleteRecords(DeleteRecordsRequest request, StreamObserver<DeleteRecordsResponse> observer) {
        call.answer(request, observer, deleteRecords);
    }

    @Override
    public void listRecords(ListRecordsRequest request, StreamObserver<ListRecordsResponse> observer) {
        call.answer(request, observer, listRecords);
    }

    @Override
    public void countRecords(CountRecordsRequest request, StreamObserver<CountRecordsResponse> observer) {
        call.answer(request, observer, countRecords);
    }

    @Override
    public void aggregateRecords(AggregateRecordsRequest request, StreamObserver<AggregateRecordsResponse> observer) {
        call.answer(request, observer, aggregateRecords);
    }

    @Override
    public void sampleRecords(SampleRecordsRequest request, StreamObserver<SampleRecordsResponse> observer) {
        call.answer(request, observer, sampleRecords);
    }

    @Override
    public void exportRecords(ExportRecordsRequest request, StreamObserver<ExportRecordsResponse> observer) {
        stream.answer(request, observer, exportRecords);
    }
}
