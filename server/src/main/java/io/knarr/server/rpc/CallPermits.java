package io.knarr.server.rpc;

import com.google.inject.Inject;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many calls run at once, of the server and of each account. A call that finds no permit is refused and never waits: what waits
 * holds its message in memory. Thread-safe.
 */
final class CallPermits {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private final int maxCalls;
    private final int maxCallsPerAccount;
    private final AtomicInteger calls = new AtomicInteger();
    /** Accounts with calls under way; so there are never more entries than {@link #maxCalls}. */
    private final ConcurrentHashMap<AccountId, Integer> callsByAccount = new ConcurrentHashMap<>();

    @Inject
    CallPermits(RpcConfig config) {
        this.maxCalls = config.maxConcurrentCalls();
        this.maxCallsPerAccount = config.maxConcurrentCallsPerAccount();
    }

    /**
     * Takes a permit.
     *
     * @throws ServiceException TOO_MANY_CALLS
     */
    Permit acquire(Optional<AccountId> account) {
        if (calls.incrementAndGet() > maxCalls) {
            calls.decrementAndGet();
            throw serverFull();
        }
        if (account.isPresent() && !tryAcquire(account.get())) {
            calls.decrementAndGet();
            throw accountFull();
        }
        return new Permit(account);
    }

    private boolean tryAcquire(AccountId account) {
        int[] before = new int[1];
        callsByAccount.compute(account, (_, count) -> {
            before[0] = count == null ? 0 : count;
            return Math.min(before[0] + 1, maxCallsPerAccount);
        });
        return before[0] < maxCallsPerAccount;
    }

    /**
     * Fails if {@link #acquire} would, so that a call can be refused before its message is read. Takes nothing.
     *
     * @throws ServiceException TOO_MANY_CALLS
     */
    void requireAvailable(Optional<AccountId> account) {
        if (calls.get() >= maxCalls) {
            throw serverFull();
        }
        if (account.isPresent() && callsByAccount.getOrDefault(account.get(), 0) >= maxCallsPerAccount) {
            throw accountFull();
        }
    }

    /** Returns how many permits are out. */
    int inUse() {
        return calls.get();
    }

    private ServiceException serverFull() {
        return tooMany("The server has as many calls under way as it may", "server", maxCalls);
    }

    private ServiceException accountFull() {
        return tooMany("The account has as many calls under way as it may", "account", maxCallsPerAccount);
    }

    private static ServiceException tooMany(String sentence, String scope, int limit) {
        return new ServiceException(ErrorCode.TOO_MANY_CALLS, sentence)
                .with("scope", scope)
                .with("limit", limit)
                .retryAfter(RETRY_AFTER);
    }

    /** The right of one call to run, until it is closed. */
    final class Permit implements AutoCloseable {
        private final Optional<AccountId> account;
        private final AtomicBoolean released = new AtomicBoolean();

        private Permit(Optional<AccountId> account) {
            this.account = account;
        }

        @Override
        public void close() {
            if (released.compareAndSet(false, true)) {
                account.ifPresent(
                        id -> callsByAccount.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1));
                calls.decrementAndGet();
            }
        }
    }
}
