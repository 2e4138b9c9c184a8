package io.knarr.client;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.Account;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.Collection;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CountRecordsResponse;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateAccountResponse;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.CreateCollectionResponse;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteAccountResponse;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteCollectionResponse;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.UpsertResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server on loopback that remembers how it was called, keeps one collection in a map, and fails when told to.
 *
 * <p>It speaks real gRPC, so that retries, deadlines and metadata are gRPC's own.
 */
final class FakeKnarr implements AutoCloseable {
    static final String INCARNATION = "018f4e5a-1111-7222-8333-444455556666";

    private static final Context.Key<Metadata> HEADERS = Context.key("headers");

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    private final Map<RecordId, Record> records = new LinkedHashMap<>();
    private final CountDownLatch cancellation = new CountDownLatch(1);
    private volatile @Nullable CountDownLatch gate;

    FakeKnarr() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(executor)
                .maxInboundMessageSize(64 << 20)
                .intercept(new HeaderKeeper())
                .addService(new Accounts())
                .addService(new CollectionsOfOne())
                .addService(new Records())
                .addService(new Searches())
                .build()
                .start();
    }

    /** One attempt as it arrived. */
    record Call(Message request, Metadata headers, Duration timeLeft) {
        @Nullable
        String header(Metadata.Key<String> key) {
            return headers.get(key);
        }
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    List<Call> calls() {
        return calls;
    }

    <T extends Message> List<T> requests(Class<T> type) {
        return calls.stream()
                .map(Call::request)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** The next attempts fail, one with each of those. */
    void failNext(RuntimeException... next) {
        failures.addAll(List.of(next));
    }

    /** Waits until a call whose answer is held back has been cancelled; false if none is within 30 seconds. */
    boolean sawCancellation() throws InterruptedException {
        return cancellation.await(30, TimeUnit.SECONDS);
    }

    /** Holds all answers back until the latch opens. */
    void holdAnswers(CountDownLatch until) {
        gate = until;
    }

    synchronized Record record(RecordId id) {
        return requireNonNull(records.get(id), "no such record");
    }

    synchronized int recordCount() {
        return records.size();
    }

    private <T> void answer(Message request, StreamObserver<T> observer, Supplier<T> reply) {
        Deadline deadline = requireNonNull(Context.current().getDeadline(), "every call has a deadline");
        calls.add(new Call(request, HEADERS.get(), Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS))));
        CountDownLatch held = gate;
        if (held != null) {
            Context.current().addListener(context -> cancellation.countDown(), directExecutor());
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        RuntimeException failure = failures.poll();
        if (failure != null) {
            observer.onError(failure);
            return;
        }
        observer.onNext(reply.get());
        observer.onCompleted();
    }

    @Override
    public void close() {
        try {
            server.shutdownNow().awaitTermination();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        executor.shutdownNow(); // frees answers that a failed test left held back
        executor.close();
    }

    private static final class HeaderKeeper implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            return Contexts.interceptCall(Context.current().withValue(HEADERS, headers), call, headers, next);
        }
    }

    private final class Accounts extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void createAccount(CreateAccountRequest request, StreamObserver<CreateAccountResponse> observer) {
            answer(request, observer, () -> CreateAccountResponse.newBuilder()
                    .setAccount(Account.newBuilder()
                            .setAccountId(request.getAccountId())
                            .setIncarnation(INCARNATION)
                            .setCreateTime(Timestamp.newBuilder().setSeconds(1)))
                    .build());
        }

        @Override
        public void deleteAccount(DeleteAccountRequest request, StreamObserver<DeleteAccountResponse> observer) {
            answer(request, observer, () -> DeleteAccountResponse.newBuilder()
                    .setDeleted(true)
                    .build());
        }
    }

    private final class CollectionsOfOne extends CollectionServiceGrpc.CollectionServiceImplBase {
        @Override
        public void createCollection(
                CreateCollectionRequest request, StreamObserver<CreateCollectionResponse> observer) {
            answer(request, observer, () -> CreateCollectionResponse.newBuilder()
                    .setCollection(Collection.newBuilder()
                            .setName(request.getName())
                            .setIncarnation(INCARNATION)
                            .setSchema(request.getSchema()))
                    .build());
        }

        @Override
        public void deleteCollection(
                DeleteCollectionRequest request, StreamObserver<DeleteCollectionResponse> observer) {
            answer(request, observer, () -> DeleteCollectionResponse.newBuilder()
                    .setDeleted(true)
                    .build());
        }
    }

    private final class Records extends RecordServiceGrpc.RecordServiceImplBase {
        @Override
        public void upsertRecords(UpsertRecordsRequest request, StreamObserver<UpsertRecordsResponse> observer) {
            answer(request, observer, () -> {
                UpsertRecordsResponse.Builder response = UpsertRecordsResponse.newBuilder()
                        .setAccountIncarnation(INCARNATION)
                        .setCollectionIncarnation(INCARNATION);
                synchronized (FakeKnarr.this) {
                    for (Record record : request.getRecordsList()) {
                        // A server would make an id here; this one shows that the client never leaves it to the server.
                        RecordId id = record.hasId()
                                ? record.getId()
                                : RecordId.newBuilder()
                                        .setUuid(UUID.randomUUID().toString())
                                        .build();
                        boolean created = records.put(id, record) == null;
                        response.addResults(UpsertResult.newBuilder()
                                .setId(id)
                                .setVersion(1)
                                .setCreated(created));
                    }
                }
                return response.build();
            });
        }

        @Override
        public void deleteRecords(DeleteRecordsRequest request, StreamObserver<DeleteRecordsResponse> observer) {
            answer(request, observer, () -> DeleteRecordsResponse.newBuilder()
                    .setDeletedCount(request.getIdsCount())
                    .setAccountIncarnation(INCARNATION)
                    .setCollectionIncarnation(INCARNATION)
                    .build());
        }

        /** Pages of the size asked for, with an empty one after each full one. */
        @Override
        public void listRecords(ListRecordsRequest request, StreamObserver<ListRecordsResponse> observer) {
            answer(request, observer, () -> {
                String token = request.getPageToken();
                if (token.startsWith("empty-")) {
                    return ListRecordsResponse.newBuilder()
                            .setNextPageToken(token.substring("empty-".length()))
                            .build();
                }
                int from = token.isEmpty() ? 0 : Integer.parseInt(token);
                synchronized (FakeKnarr.this) {
                    List<Record> page = records.values().stream()
                            .skip(from)
                            .limit(request.getPageSize())
                            .toList();
                    int next = from + page.size();
                    return ListRecordsResponse.newBuilder()
                            .addAllRecords(page)
                            .setNextPageToken(next < records.size() ? "empty-" + next : "")
                            .build();
                }
            });
        }

        @Override
        public void countRecords(CountRecordsRequest request, StreamObserver<CountRecordsResponse> observer) {
            answer(request, observer, () -> CountRecordsResponse.newBuilder()
                    .setCount(recordCount())
                    .build());
        }
    }

    private final class Searches extends SearchServiceGrpc.SearchServiceImplBase {
        /** Leaves the kind of the answer out, as no server does. */
        @Override
        public void search(SearchRequest request, StreamObserver<SearchResponse> observer) {
            answer(request, observer, SearchResponse::getDefaultInstance);
        }
    }
}
