package io.knarr.server.account;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.Page;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable list of accounts. Looked up in the store each time, so accounts that nobody uses take no memory.
 *
 * <p>Thread-safe. Every method waits for the disk, which it enters on the pools it was given. A failure of the store is a {@link
 * ServiceException} as {@link StoreFailures} says it; after one of {@code create} or {@code delete} the outcome is unknown, unless it is
 * DISK_FULL.
 */
public final class AccountDirectory {
    /** The most accounts a page may have. */
    public static final int MAX_PAGE_SIZE = 10_000;

    /** Names share these locks. Enough that 64 creates at once seldom meet; 2 KiB or so. */
    private static final int STRIPES = 256;

    private static final Logger log = LoggerFactory.getLogger(AccountDirectory.class);

    private final StoreAdapter store;
    private final StoreView system;
    private final Clock clock;
    private final Executor reads;
    private final Executor writes;
    private final Consumer<Account> deleted;
    private final AccountNumbers numbers;
    // Held from the look at a name until its change is durable, so that no two changes of one name interleave. Changes
    // of
    // different names share a flush of the disk instead of queueing for it. No other lock of this package is taken
    // below.
    private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

    /** Makes a directory that enters the store on the thread of its caller. */
    public AccountDirectory(StoreAdapter store, Clock clock) {
        this(store, clock, Runnable::run, Runnable::run, _ -> {});
    }

    /**
     * Makes a directory over what the store holds.
     *
     * @param reads the pool for look-ups and lists
     * @param writes the pool for creations and deletions
     * @param deleted told of each account that was deleted, on such a thread
     */
    public AccountDirectory(
            StoreAdapter store, Clock clock, Executor reads, Executor writes, Consumer<Account> deleted) {
        this.store = requireNonNull(store, "store is null");
        this.system = store.system();
        this.clock = requireNonNull(clock, "clock is null");
        this.reads = requireNonNull(reads, "reads is null");
        this.writes = requireNonNull(writes, "writes is null");
        this.deleted = requireNonNull(deleted, "deleted is null");
        this.numbers = new AccountNumbers(system);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new ReentrantLock();
        }
    }

    /** Returns the account of that id that lives now. @throws ServiceException RECORD_CORRUPT if its entry is damaged */
    public Optional<Account> find(AccountId id) {
        return PoolCall.run(reads, () -> findHere(id));
    }

    /** As {@link #find}, on this thread: for those who are on the pool already, and would wait for a thread of it. */
    Optional<Account> findHere(AccountId id) {
        return inTermsOfService(id, () -> {
            byte[] key = AccountRecords.accountKey(id);
            byte[] value = system.get(Table.CATALOG, key);
            return value == null ? Optional.empty() : Optional.of(AccountRecords.decode(key, value));
        });
    }

    /** Creates an account, durably. @throws ServiceException ACCOUNT_EXISTS */
    public Account create(AccountId id) {
        return PoolCall.run(
                writes,
                () -> alone(id, () -> {
                    if (findHere(id).isPresent()) {
                        throw new ServiceException(ErrorCode.ACCOUNT_EXISTS, "There is an account of that name")
                                .with("account", id);
                    }
                    Account account = new Account(id, numbers.take(), UUID.randomUUID(), clock.instant());
                    system.commit(new WriteBatch()
                            .put(Table.CATALOG, AccountRecords.accountKey(id), AccountRecords.encode(account)));
                    return account;
                }));
    }

    /**
     * Lists accounts by id, as of one moment. An account whose entry is damaged is left out and logged: one of them must not hide the
     * others.
     *
     * @param prefix what the ids start with; empty for all
     * @param pageSize 1 to {@value #MAX_PAGE_SIZE}
     * @param after the id the page comes after
     */
    public Page<Account, AccountId> list(String prefix, int pageSize, Optional<AccountId> after) {
        if (pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
            throw new IllegalArgumentException("Page size must be 1 to " + MAX_PAGE_SIZE + ": " + pageSize);
        }
        if (prefix.length() > AccountId.MAX_LENGTH) {
            return new Page<>(List.of(), Optional.empty());
        }
        KeyRange all = AccountRecords.accountsStartingWith(prefix);
        KeyRange range =
                after.map(id -> all.after(AccountRecords.accountKey(id))).orElse(all);
        if (!range.contains(range.from())) { // the id comes after all that start with the prefix
            return new Page<>(List.of(), Optional.empty());
        }
        return PoolCall.run(reads, () -> listHere(range, pageSize));
    }

    /** Returns whether an account has anything that expires or is kept for a time only. */
    boolean hasTimed(Account account) {
        return PoolCall.run(
                reads,
                () -> inTermsOfService(account.id(), () -> {
                    try (StoreScan scan = store.forAccount(account.number()).scan(Table.OPERATIONS, KeyRange.all())) {
                        return scan.next();
                    }
                }));
    }

    /** Returns the numbers of all accounts there are. Reads the whole list: for the start of a server. */
    public Set<Long> numbersInUse() {
        Set<Long> found = new HashSet<>();
        Optional<AccountId> after = Optional.empty();
        do {
            Page<Account, AccountId> page = list("", MAX_PAGE_SIZE, after);
            page.items().forEach(account -> found.add(account.number().value()));
            after = page.next();
        } while (after.isPresent());
        return found;
    }

    private Page<Account, AccountId> listHere(KeyRange range, int pageSize) {
        List<Account> page = new ArrayList<>(Math.min(pageSize, 100));
        try (StoreScan scan = system.scan(Table.CATALOG, range)) {
            while (scan.next()) {
                if (page.size() == pageSize) {
                    return new Page<>(page, Optional.of(page.getLast().id()));
                }
                byte[] key = scan.key();
                try {
                    page.add(AccountRecords.decode(key, scan.value()));
                } catch (StoreException e) {
                    log.error(
                            "Entry of an account is damaged, key={}", new String(key, 1, key.length - 1, US_ASCII), e);
                }
            }
        }
        return new Page<>(page, Optional.empty());
    }

    /**
     * Removes an account with everything in it, durably, in one step. Returns whether there was one. Nothing of the account may be in
     * memory: {@link AccountBackends#delete} sees to that, and is what others call.
     *
     * @throws ServiceException INCARNATION_MISMATCH
     */
    boolean delete(AccountId id, Optional<UUID> incarnation) {
        return PoolCall.run(
                writes,
                () -> alone(id, () -> {
                    Optional<Account> account = findHere(id);
                    if (account.isEmpty()) {
                        return false;
                    }
                    requireIncarnation(account.get(), incarnation);
                    store.dropAccount(
                            account.get().number(),
                            new WriteBatch().delete(Table.CATALOG, AccountRecords.accountKey(id)));
                    deleted.accept(account.get());
                    return true;
                }));
    }

    /** Refuses a caller who means another life of an account. */
    static void requireIncarnation(Account account, Optional<UUID> expected) {
        if (expected.isPresent() && !expected.get().equals(account.incarnation())) {
            throw new ServiceException(
                            ErrorCode.INCARNATION_MISMATCH,
                            "The account was deleted and created again since the caller looked")
                    .with("account", account.id())
                    .with("expected", expected.get())
                    .with("actual", account.incarnation());
        }
    }

    private <T> T alone(AccountId id, Supplier<T> work) {
        ReentrantLock stripe = stripes[Math.floorMod(id.hashCode(), STRIPES)];
        stripe.lock();
        try {
            return inTermsOfService(id, work);
        } finally {
            stripe.unlock();
        }
    }

    private static <T> T inTermsOfService(AccountId id, Supplier<T> work) {
        try {
            return work.get();
        } catch (StoreException e) {
            throw StoreFailures.toServiceException(e).with("account", id);
        }
    }
}
