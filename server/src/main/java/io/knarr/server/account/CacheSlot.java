package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One life of a key in {@link LeaseCache}: from the start of its load until its backend is closed. Knows who holds it and what may
 * happen next; does none of it itself, so that nothing foreign runs under its lock. Thread-safe.
 */
final class CacheSlot<B> {
    /*
     * States and what moves between them:
     *
     *              loadSucceeded            last leave, or retire with nobody in
     *   LOADING ------------------> LIVE ------------------------------------------> CLOSING
     *      |                                                                            |
     *      +--------------------------------> GONE <------------------------------------+
     *                loadFailed                             closed
     *
     *   BARRED ---> GONE    a slot without a backend, that keeps everybody else out while one caller works on the key
     *
     * Retirement is a flag beside the state, not a state: a slot can be told to go while it still loads, or while calls
     * hold it. From then on nobody gets in, and whoever makes the last hold go away is told to close the backend. Told
     * exactly once, because the step to CLOSING happens under the lock, and only from LIVE.
     *
     * A caller is a holder from the moment it joins, also if the load has not ended. So a backend fresh from its load
     * cannot be evicted before those who waited for it have used it, and evictions cannot starve a caller.
     */
    private enum State {
        LOADING,
        LIVE,
        CLOSING,
        GONE,
        BARRED
    }

    private final CompletableFuture<B> loaded = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> gone = new CompletableFuture<>();
    // Bytes counted for this slot in the cache's total; whoever swaps it adds the difference to the total.
    private final AtomicLong accountedBytes = new AtomicLong();

    @GuardedBy("this")
    private State state;

    @GuardedBy("this")
    private @Nullable B backend;

    @GuardedBy("this")
    private int holderCount;

    @GuardedBy("this")
    private @Nullable EvictionCause retirement;

    /** The slot that takes this one's place in the map when it is gone. */
    @GuardedBy("this")
    private @Nullable CacheSlot<B> heir;

    @GuardedBy("this")
    private long lastUsedNanos;

    private CacheSlot(State state, int holderCount, long nowNanos) {
        this.state = state;
        this.holderCount = holderCount;
        this.lastUsedNanos = nowNanos;
    }

    /** Returns a slot whose load is about to begin, held by its maker. */
    static <B> CacheSlot<B> loading(long nowNanos) {
        return new CacheSlot<>(State.LOADING, 1, nowNanos);
    }

    /** Returns a slot that nobody can join, until {@link #gone} is completed. */
    static <B> CacheSlot<B> barred() {
        return new CacheSlot<>(State.BARRED, 0, 0);
    }

    /** Completes when the load has ended. */
    CompletableFuture<B> loaded() {
        return loaded;
    }

    /** Completes when the slot is out of the map, after its backend is closed. */
    CompletableFuture<@Nullable Void> gone() {
        return gone;
    }

    /** Sets the bytes counted for this slot. Returns by how much they grew. */
    long account(long bytes) {
        return bytes - accountedBytes.getAndSet(bytes);
    }

    long accountedBytes() {
        return accountedBytes.get();
    }

    /** Takes a hold, to be given back by {@link #leave}. Returns false if this slot is on its way out: wait for {@link #gone}. */
    synchronized boolean join(long nowNanos) {
        if (retirement != null || (state != State.LOADING && state != State.LIVE)) {
            return false;
        }
        holderCount++;
        lastUsedNanos = nowNanos;
        return true;
    }

    /** Takes a hold without counting as a use, to be given back by {@link #leaveInspection}. Returns null if there is no backend to hold. */
    synchronized @Nullable B joinToInspect() {
        if (state != State.LIVE || retirement != null) {
            return null;
        }
        holderCount++;
        return backend;
    }

    /** Gives an inspector's hold back, as {@link #leave} does a user's. */
    synchronized boolean leaveInspection() {
        return leave(lastUsedNanos);
    }

    /** Gives a hold back. Returns whether the caller must now close the backend. */
    synchronized boolean leave(long nowNanos) {
        if (holderCount == 0) {
            throw new IllegalStateException("A hold was given back twice");
        }
        holderCount--;
        lastUsedNanos = nowNanos;
        return retirement != null && closesNow();
    }

    /**
     * Ends a load well. Returns whether the caller must now close the backend: the slot was retired meanwhile and nobody waits.
     * {@link #loaded} is the caller's to complete, next.
     */
    synchronized boolean loadSucceeded(B newBackend) {
        requireState(State.LOADING);
        state = State.LIVE;
        backend = newBackend;
        return retirement != null && closesNow();
    }

    /** Lets nobody in any more. Returns whether the caller must now close the backend. */
    synchronized boolean retire(EvictionCause cause) {
        if (retirement != null || (state != State.LOADING && state != State.LIVE)) {
            return false;
        }
        retirement = cause;
        return closesNow();
    }

    /** Retires the slot if it is loaded, nobody holds it, and it was last used no later than at {@code usedNanos}. */
    synchronized boolean retireIfUnusedSince(long usedNanos, EvictionCause cause) {
        // A difference, because the origin of nanoseconds is arbitrary and they may wrap.
        return state == State.LIVE && holderCount == 0 && lastUsedNanos - usedNanos <= 0 && retire(cause);
    }

    /** Makes {@code successor} take this slot's place when it is gone. Returns false if it is gone, or has an heir. */
    synchronized boolean bequeath(CacheSlot<B> successor) {
        if (heir != null || state == State.GONE || state == State.BARRED) {
            return false;
        }
        heir = successor;
        return true;
    }

    /** Takes {@link #bequeath} back. Returns false if it is too late: the heir is in place. */
    synchronized boolean disinherit() {
        if (state == State.GONE) {
            return false;
        }
        heir = null;
        return true;
    }

    /** Ends the slot's life. Returns what takes its place in the map; the caller then completes {@link #gone}. */
    synchronized @Nullable CacheSlot<B> end() {
        if (state == State.GONE || state == State.LIVE) {
            throw new IllegalStateException("A slot ended in state " + state);
        }
        state = State.GONE;
        return heir;
    }

    /** Returns why the slot was retired; only after it was. */
    synchronized EvictionCause retirement() {
        return requireNonNull(retirement, "slot was not retired");
    }

    /** Returns when the slot was last used, if it could be evicted now. */
    synchronized @Nullable Long evictableSinceNanos() {
        return state == State.LIVE && holderCount == 0 && retirement == null ? Long.valueOf(lastUsedNanos) : null;
    }

    /** Returns whether a backend is in memory here. */
    synchronized boolean isLoaded() {
        return state == State.LIVE || state == State.CLOSING;
    }

    @GuardedBy("this")
    private boolean closesNow() {
        if (state != State.LIVE || holderCount > 0) {
            return false;
        }
        state = State.CLOSING;
        return true;
    }

    @GuardedBy("this")
    private void requireState(State expected) {
        if (state != expected) {
            throw new IllegalStateException("A slot is in state " + state + " and not " + expected);
        }
    }
}
