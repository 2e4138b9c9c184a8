package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CountRecordsResponse;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;

/** Binds RecordService to its handlers. */
final class RecordGrpcService extends RecordServiceGrpc.RecordServiceImplBase {
    private final UnaryCall call;
    private final UpsertRecordsHandler upsertRecords;
    private final GetRecordsHandler getRecords;
    private final DeleteRecordsHandler deleteRecords;
    private final ListRecordsHandler listRecords;
    private final CountRecordsHandler countRecords;

    @Inject
    RecordGrpcService(
            UnaryCall call,
            UpsertRecordsHandler upsertRecords,
            GetRecordsHandler getRecords,
            DeleteRecordsHandler deleteRecords,
            ListRecordsHandler listRecords,
            CountRecordsHandler countRecords) {
        this.call = requireNonNull(call, "call is null");
        this.upsertRecords = requireNonNull(upsertRecords, "upsertRecords is null");
        this.getRecords = requireNonNull(getRecords, "getRecords is null");
        this.deleteRecords = requireNonNull(deleteRecords, "deleteRecords is null");
        this.listRecords = requireNonNull(listRecords, "listRecords is null");
        this.countRecords = requireNonNull(countRecords, "countRecords is null");
    }

    @Override
    public void upsertRecords(UpsertRecordsRequest request, StreamObserver<UpsertRecordsResponse> observer) {
        call.answer(request, observer, upsertRecords);
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
}
