package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.ReclaimSchedule;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Page;
import io.knarr.server.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reclaims in the background what nobody sees any more: records that have expired, answers of requests that need not be kept. Nothing a caller
 * sees depends on when it does so. For one background thread.
 *
 * <p>An account that has something due is borrowed for it, which brings its catalog into memory and none of its collections. Its first
 * {@link #run} looks once at every account, for what was written before the server started; after that the writers say what is due when.
 */
public final class ExpirySweeper {
    private static final Logger log = LoggerFactory.getLogger(ExpirySweeper.class);

    private static final int ACCOUNTS_PER_PAGE = 1_000;

    /** How long what could not be reclaimed is left alone. */
    private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

    private final AccountDirectory directory;
    private final AccountBackends backends;
    private final ReclaimSchedule schedule;
    private final Clock clock;
    private boolean walked;

    /** @param schedule what the writers of the backends tell */
    public ExpirySweeper(AccountDirectory directory, AccountBackends backends, ReclaimSchedule schedule, Clock clock) {
        this.directory = requireNonNull(directory, "directory is null");
        this.backends = requireNonNull(backends, "backends is null");
        this.schedule = requireNonNull(schedule, "schedule is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Reclaims all that is due now. Ends early where the thread is interrupted. */
    public void run() {
        if (!walked) {
            walkAllAccounts();
        }
        for (AccountId account : schedule.takeDue(micros(clock.instant()))) {
            reclaim(account);
        }
    }

    private void walkAllAccounts() {
        Optional<AccountId> after = Optional.empty();
        do {
            Page<Account, AccountId> page = directory.list("", ACCOUNTS_PER_PAGE, after);
            for (Account account : page.items()) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                if (directory.hasTimed(account)) {
                    schedule.due(account.id(), Long.MIN_VALUE); // what is due of it is found out when it is swept
                }
            }
            after = page.next();
        } while (after.isPresent());
        walked = true;
    }

    private void reclaim(AccountId account) {
        long next = micros(clock.instant().plus(RETRY_AFTER)); // unless it goes well
        try (AccountLease lease = backends.acquire(account, Optional.empty(), CallDeadline.NONE)) {
            next = lease.backend().reclaim(CallDeadline.NONE);
        } catch (ServiceException e) {
            if (e.code() == ErrorCode.ACCOUNT_NOT_FOUND) {
                next = Long.MAX_VALUE;
            } else {
                log.warn("Expired records not reclaimed, account={}", account, e);
            }
        } catch (StoreException e) {
            log.warn("Expired records not reclaimed, account={}", account, e);
        } finally {
            if (next != Long.MAX_VALUE) {
                schedule.due(account, next);
            }
        }
    }

    private static long micros(Instant instant) {
        return TimeUnit.SECONDS.toMicros(instant.getEpochSecond()) + instant.getNano() / 1_000;
    }
}
