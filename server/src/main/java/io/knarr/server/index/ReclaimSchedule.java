package io.knarr.server.index;

import io.knarr.server.model.AccountId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When which account has something to reclaim: records that expired, answers that need not be kept. An account that has nothing of the kind
 * is not in it. Kept in memory alone; what the store says is read again at the start. Thread-safe.
 */
public final class ReclaimSchedule {
    private final Map<AccountId, Long> dueMicros = new ConcurrentHashMap<>();

    /** Notes that an account has something to reclaim at a moment, in microseconds since 1970. To be called once that is durable. */
    public void due(AccountId account, long micros) {
        dueMicros.merge(account, micros, Math::min);
    }

    /** Takes out the accounts that have something to reclaim by now. Whoever does so notes what is left of each. */
    public List<AccountId> takeDue(long nowMicros) {
        List<AccountId> due = new ArrayList<>();
        dueMicros.forEach((account, micros) -> {
            if (micros <= nowMicros && dueMicros.remove(account, micros)) {
                due.add(account);
            }
        });
        return due;
    }

    /** Returns how many accounts have something to reclaim some day. */
    public int size() {
        return dueMicros.size();
    }
}
