package io.knarr.it;

import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.VectorSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A connection to a server, and its services as an account sees them. Plain generated stubs: nothing is retried. Thread-safe. */
final class Caller implements AutoCloseable {
    private static final Metadata.Key<String> ACCOUNT =
            Metadata.Key.of("x-account-id", Metadata.ASCII_STRING_MARSHALLER);
    private static final int CALL_SECONDS = 60;
    private static final int MAX_REPLY_BYTES = 64 << 20;

    private final ManagedChannel channel;

    Caller(ServerProcess server) {
        this.channel = Grpc.newChannelBuilder(server.grpcAddress(), InsecureChannelCredentials.create())
                .maxInboundMessageSize(MAX_REPLY_BYTES)
                .build();
    }

    static ClientInterceptor as(String account) {
        Metadata headers = new Metadata();
        headers.put(ACCOUNT, account);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    ManagedChannel channel() {
        return channel;
    }

    AccountServiceGrpc.AccountServiceBlockingStub accounts() {
        return AccountServiceGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
    }

    CollectionServiceGrpc.CollectionServiceBlockingStub collections(String account) {
        return CollectionServiceGrpc.newBlockingStub(channel)
                .withInterceptors(as(account))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
    }

    RecordServiceGrpc.RecordServiceBlockingStub records(String account) {
        return RecordServiceGrpc.newBlockingStub(channel)
                .withInterceptors(as(account))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
    }

    SearchServiceGrpc.SearchServiceBlockingStub search(String account) {
        return SearchServiceGrpc.newBlockingStub(channel)
                .withInterceptors(as(account))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
    }

    /** Returns every record of a collection, with its vectors, page by page. */
    List<Record> allRecords(String account, String collection) {
        List<Record> records = new ArrayList<>();
        String token = "";
        do {
            ListRecordsResponse page = records(account)
                    .listRecords(ListRecordsRequest.newBuilder()
                            .setCollection(collection)
                            .setPageSize(10_000)
                            .setPageToken(token)
                            .setVectors(VectorSelection.newBuilder().setAll(true))
                            .build());
            records.addAll(page.getRecordsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return records;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
