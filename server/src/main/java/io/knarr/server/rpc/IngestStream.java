package io.knarr.server.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.ChunkOutcome;
import io.knarr.server.model.IngestState;
import io.knarr.v1.IngestChunk;
import io.knarr.v1.IngestDrain;
import io.knarr.v1.IngestOpened;
import io.knarr.v1.IngestOpening;
import io.knarr.v1.IngestRequest;
import io.knarr.v1.IngestResponse;
import io.knarr.v1.IngestWindow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One ingest stream. Messages are taken as they come and wait in a queue, which the window bounds; they are dealt with one after another on a
 * thread of their own that there is only while some wait. So a caller that sends slowly holds no thread; and of one that reads no
 * acknowledgements no further chunk is dealt with until it does, so that these do not pile up either.
 *
 * <p>Thread-safe: gRPC's threads bring messages, another works on them, and a third may end or drain the stream.
 */
final class IngestStream implements StreamObserver<IngestRequest> {
    private final Identity identity;
    private final Context context;
    private final ServerCallStreamObserver<IngestResponse> replies;
    private final IngestHandler handler;
    private final IngestStreams streams;
    private final IngestConfig config;
    private final RpcConfig rpcConfig;
    private final StatusMapper statusMapper;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();

    /** What came and has not been answered. The first may be in work. */
    @GuardedBy("lock")
    private final Deque<IngestRequest> waiting = new ArrayDeque<>();

    @GuardedBy("lock")
    private int chunksInFlight;

    @GuardedBy("lock")
    private long bytesInFlight;

    @GuardedBy("lock")
    private boolean begun;

    @GuardedBy("lock")
    private boolean working;

    @GuardedBy("lock")
    private boolean callerDone;

    @GuardedBy("lock")
    private boolean draining;

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private long lastMove = System.nanoTime();

    @GuardedBy("lock")
    private IngestStreams.@Nullable Claim claim;

    /** Set by the first message's work, before any other. */
    private volatile IngestHandler.@Nullable Opened opened;

    /** To be made before the call's method returns, after which gRPC takes no listeners. */
    IngestStream(
            Identity identity,
            Context context,
            ServerCallStreamObserver<IngestResponse> replies,
            IngestHandler handler,
            IngestStreams streams,
            IngestConfig config,
            RpcConfig rpcConfig,
            StatusMapper statusMapper,
            Executor executor) {
        this.identity = identity;
        this.context = context;
        this.replies = replies;
        this.handler = handler;
        this.streams = streams;
        this.config = config;
        this.rpcConfig = rpcConfig;
        this.statusMapper = statusMapper;
        this.executor = executor;
        replies.setOnReadyHandler(this::workIfNeeded);
        replies.setOnCancelHandler(this::gone);
        replies.setOnCloseHandler(this::gone);
    }

    @Override
    public void onNext(IngestRequest request) {
        try {
            take(request);
        } catch (ServiceException e) {
            fail(e);
        }
    }

    private void take(IngestRequest request) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            switch (request.getMessageCase()) {
                case OPEN -> requireOrder(!begun, "open", "An ingest is opened by the first message alone");
                case CHUNK -> requireOrder(begun, "chunk", "The first message opens the ingest");
                case MESSAGE_NOT_SET ->
                    throw Rejections.invalid(FieldPath.of("message"), "A message opens the ingest or is a chunk of it");
            }
            begun = true;
            if (request.hasChunk()) {
                requireRoom(request);
                chunksInFlight++;
                bytesInFlight += request.getSerializedSize();
            }
            waiting.add(request);
            lastMove = System.nanoTime();
        } finally {
            lock.unlock();
        }
        workIfNeeded();
    }

    private static void requireOrder(boolean inOrder, String field, String sentence) {
        if (!inOrder) {
            throw Rejections.invalid(FieldPath.of(field), sentence);
        }
    }

    @GuardedBy("lock")
    private void requireRoom(IngestRequest request) {
        if (request.getChunk().getSequence() < 1) {
            throw Rejections.invalid(FieldPath.of("chunk").field("sequence"), "The first chunk has the sequence 1");
        }
        if (chunksInFlight >= config.windowChunks()) {
            throw beyondWindow(
                    "More chunks are on their way than the window allows", config.windowChunks(), chunksInFlight + 1L);
        }
        long bytes = bytesInFlight + request.getSerializedSize();
        if (bytes > config.windowBytes()) {
            throw beyondWindow("More bytes are on their way than the window allows", config.windowBytes(), bytes);
        }
    }

    private static ServiceException beyondWindow(String sentence, long limit, long actual) {
        return ServiceException.atField(ErrorCode.INGEST_WINDOW_EXCEEDED, "chunk", sentence)
                .with("limit", limit)
                .with("actual", actual);
    }

    @Override
    public void onError(Throwable failure) {
        gone();
    }

    @Override
    public void onCompleted() {
        lock.lock();
        try {
            callerDone = true;
        } finally {
            lock.unlock();
        }
        workIfNeeded();
    }

    /** Starts to work on what waits, unless that is under way, or the caller does not read; ends the stream where nothing is left to do. */
    private void workIfNeeded() {
        lock.lock();
        try {
            if (ended || working) {
                return;
            }
            if (waiting.isEmpty()) {
                endIfDone();
                return;
            }
            if (replies.isReady()) {
                executor.execute(context.wrap(this::work));
                working = true;
            }
        } catch (RejectedExecutionException e) {
            fail(ServiceException.causedBy(e, ErrorCode.SERVER_STOPPING, "The server is shutting down"));
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void endIfDone() {
        if (callerDone) {
            end();
            replies.onCompleted();
        }
    }

    private void work() {
        try {
            IngestRequest next = next();
            while (next != null) {
                IngestResponse reply = answer(next);
                answered(next, reply);
                next = next();
            }
        } catch (Throwable e) { // an Error too: the caller must not be left waiting
            fail(e);
        }
    }

    /** Returns what to work on, or null where nothing waits or the caller does not read: then work is over. */
    private @Nullable IngestRequest next() {
        lock.lock();
        try {
            IngestRequest next = ended || !replies.isReady() ? null : waiting.peek();
            if (next == null) {
                working = false;
                if (!ended && waiting.isEmpty()) {
                    endIfDone();
                }
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private IngestResponse answer(IngestRequest request) {
        CallDeadline deadline = ContextDeadline.current(rpcConfig.defaultDeadline());
        deadline.check();
        return request.hasOpen() ? open(request.getOpen(), deadline) : write(request.getChunk(), deadline);
    }

    private IngestResponse open(IngestOpening opening, CallDeadline deadline) {
        IngestHandler.Opened now = handler.open(identity, opening, deadline);
        // First nobody else may go on with it, then it is looked at: a chunk that the other one has in work, and that
        // is written after that,
        // is known when it is sent again.
        IngestStreams.Claim mine = new IngestStreams.Claim(now.collectionIncarnation(), now.ingest());
        own(mine);
        IngestState state = handler.state(now, deadline);
        opened = now;
        IngestOpened.Builder reply = IngestOpened.newBuilder()
                .setIngestId(now.ingest().toString())
                .setLastSequence(state.lastSequence())
                .setWindow(IngestWindow.newBuilder()
                        .setChunks(config.windowChunks())
                        .setBytes(config.windowBytes()))
                .setAccountIncarnation(
                        now.identity().incarnation().orElseThrow().toString())
                .setCollectionIncarnation(now.collectionIncarnation().toString());
        state.recent().forEach(outcome -> reply.addRecent(IngestMapper.toAck(outcome)));
        return IngestResponse.newBuilder().setOpened(reply).build();
    }

    private void own(IngestStreams.Claim mine) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            claim = mine;
        } finally {
            lock.unlock();
        }
        streams.claim(mine, this);
    }

    private IngestResponse write(IngestChunk chunk, CallDeadline deadline) {
        IngestHandler.Opened ingest = opened;
        if (ingest == null) {
            throw new IllegalStateException("A chunk is in work before its ingest is open");
        }
        ChunkOutcome outcome = handler.write(ingest, chunk, deadline);
        return IngestMapper.toResponse(outcome);
    }

    private void answered(IngestRequest request, IngestResponse reply) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            waiting.remove();
            if (request.hasChunk()) {
                chunksInFlight--;
                bytesInFlight -= request.getSerializedSize();
            }
            lastMove = System.nanoTime();
            replies.onNext(reply);
            if (draining && request.hasOpen()) {
                replies.onNext(drainNotice());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Asks the caller to send no more. What it sends before it knows is dealt with. */
    void drain() {
        lock.lock();
        try {
            boolean isOpen = opened != null;
            if (!ended && !draining && isOpen) {
                replies.onNext(drainNotice());
            }
            draining = true;
        } finally {
            lock.unlock();
        }
    }

    private static IngestResponse drainNotice() {
        return IngestResponse.newBuilder()
                .setDrain(IngestDrain.getDefaultInstance())
                .build();
    }

    /** Ends the stream if nothing has moved for as long as that may be: the caller sends nothing, or reads nothing. */
    void endIfIdle() {
        boolean idle;
        lock.lock();
        try {
            idle = !ended
                    && !working
                    && System.nanoTime() - lastMove >= config.idleTimeout().toNanos();
        } finally {
            lock.unlock();
        }
        if (idle) {
            fail(new ServiceException(
                            ErrorCode.DEADLINE_EXCEEDED, "Nothing has moved on the stream for as long as that may be")
                    .with("limit", config.idleTimeout()));
        }
    }

    /** Ends the stream with a failure. What is in work is finished, and not acknowledged. */
    void fail(Throwable failure) {
        lock.lock();
        try {
            if (!ended) {
                end();
                replies.onError(statusMapper.toException(failure));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The caller is gone, or the call has been closed. */
    private void gone() {
        lock.lock();
        try {
            end();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void end() {
        ended = true;
        waiting.clear();
        streams.remove(this, identity.requireAccount(), claim);
    }
}
