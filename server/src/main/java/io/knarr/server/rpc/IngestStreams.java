package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.inject.Inject;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The ingest streams that are open: how many there may be, which ingest each of them goes on with, and that none is open for long on which
 * nothing moves. Thread-safe. Lock order: a stream's, then this one's.
 */
final class IngestStreams implements StopListener {
    private static final Duration RETRY_AFTER = Duration.ofMillis(500);
    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final IngestConfig config;
    private final RpcConfig rpcConfig;
    private final IngestHandler handler;
    private final StatusMapper statusMapper;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closed = lock.newCondition();

    @GuardedBy("lock")
    private final Set<IngestStream> streams = new HashSet<>();

    @GuardedBy("lock")
    private final Map<AccountId, Integer> streamsByAccount = new HashMap<>();

    @GuardedBy("lock")
    private final Map<Claim, IngestStream> owners = new HashMap<>();

    @GuardedBy("lock")
    private boolean sweeping;

    /** An ingest of a life of a collection. */
    record Claim(UUID collectionIncarnation, UUID ingest) {}

    @Inject
    IngestStreams(
            IngestConfig config,
            RpcConfig rpcConfig,
            IngestHandler handler,
            StatusMapper statusMapper,
            @ForCalls Executor executor) {
        this.config = requireNonNull(config, "config is null");
        this.rpcConfig = requireNonNull(rpcConfig, "rpcConfig is null");
        this.handler = requireNonNull(handler, "handler is null");
        this.statusMapper = requireNonNull(statusMapper, "statusMapper is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    /** Answers a call; returns what takes its messages. */
    StreamObserver<IngestRequest> start(StreamObserver<IngestResponse> observer) {
        if (!(observer instanceof ServerCallStreamObserver<IngestResponse> replies)) {
            throw new IllegalStateException("gRPC gives servers another kind of observer");
        }
        Identity identity = Identity.KEY.get();
        IngestStream stream = new IngestStream(
                identity, Context.current(), replies, handler, this, config, rpcConfig, statusMapper, executor);
        try {
            add(stream, identity.requireAccount());
        } catch (ServiceException e) {
            stream.fail(e);
        }
        return stream;
    }

    private void add(IngestStream stream, AccountId account) {
        lock.lock();
        try {
            if (streams.size() >= config.maxStreams()) {
                throw tooMany("The server has as many ingest streams as it may", "server", config.maxStreams());
            }
            int ofAccount = streamsByAccount.getOrDefault(account, 0);
            if (ofAccount >= config.maxStreamsPerAccount()) {
                throw tooMany(
                        "The account has as many ingest streams as it may", "account", config.maxStreamsPerAccount());
            }
            if (!sweeping) {
                executor.execute(this::sweep);
                sweeping = true;
            }
            streams.add(stream);
            streamsByAccount.put(account, ofAccount + 1);
        } catch (RejectedExecutionException e) {
            throw ServiceException.causedBy(e, ErrorCode.SERVER_STOPPING, "The server is shutting down");
        } finally {
            lock.unlock();
        }
    }

    private static ServiceException tooMany(String sentence, String scope, int limit) {
        return new ServiceException(ErrorCode.TOO_MANY_CALLS, sentence)
                .with("scope", scope)
                .with("limit", limit)
                .retryAfter(RETRY_AFTER);
    }

    /** Gives an ingest to a stream. Another one that has it ends. */
    void claim(Claim claim, IngestStream stream) {
        IngestStream before;
        lock.lock();
        try {
            before = streams.contains(stream) ? owners.put(claim, stream) : null;
        } finally {
            lock.unlock();
        }
        if (before != null && before != stream) {
            before.fail(new ServiceException(ErrorCode.INGEST_TAKEN_OVER, "Another stream goes on with this ingest"));
        }
    }

    /** Forgets a stream that has ended. */
    void remove(IngestStream stream, AccountId account, @Nullable Claim claim) {
        lock.lock();
        try {
            if (streams.remove(stream)) {
                streamsByAccount.computeIfPresent(account, (_, count) -> count == 1 ? null : count - 1);
            }
            if (claim != null) {
                owners.remove(claim, stream);
            }
            closed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks all callers to send no more. */
    @Override
    public void stopping() {
        snapshot().forEach(IngestStream::drain);
    }

    private List<IngestStream> snapshot() {
        lock.lock();
        try {
            return new ArrayList<>(streams);
        } finally {
            lock.unlock();
        }
    }

    /** Ends streams on which nothing moves, as long as there are any streams; then itself. */
    private void sweep() {
        while (awaitNext()) {
            snapshot().forEach(IngestStream::endIfIdle);
        }
    }

    private boolean awaitNext() {
        lock.lock();
        try {
            long left = SWEEP_NANOS;
            while (left > 0 && !streams.isEmpty()) {
                left = closed.awaitNanos(left);
            }
            sweeping = !streams.isEmpty();
            return sweeping;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            sweeping = false;
            return false;
        } finally {
            lock.unlock();
        }
    }
}
