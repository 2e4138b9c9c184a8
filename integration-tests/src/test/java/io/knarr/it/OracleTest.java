package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server does what a list and a loop do. Each seed is an account with a random schema and random calls, compared with a model
 * call by call; then the server is killed hard and started again, and everything is compared once more. Memory for accounts is small, so that
 * they come and go.
 *
 * <p>{@code -Dknarr.it.oracle.seeds=N} sets how many (200; the long form is 20,000), {@code -Dknarr.it.oracle.first=N} the first of them.
 */
class OracleTest {
    private static final int SEEDS = Integer.getInteger("knarr.it.oracle.seeds", 200);
    private static final long FIRST = Long.getLong("knarr.it.oracle.first", 1);
    private static final int SEEDS_PER_SERVER = 50;
    private static final int STEPS = 60;
    private static final int WRITERS = Math.max(1, SEEDS / 20);
    private static final int WRITES = 200;

    @TempDir
    private Path directory;

    @Test
    void everyAnswerIsTheModels() throws Exception {
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data"))
                .withMaxHeap("512m")
                .withSetting("account-cache.max-bytes", "1MiB");
        List<OracleAccount> accounts = new ArrayList<>();
        long steps = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed += SEEDS_PER_SERVER) {
            try (ServerProcess server = ServerProcess.start(launch);
                    Caller caller = new Caller(server)) {
                checkAfterRestart(accounts, caller);
                for (long s = seed; s < Math.min(FIRST + SEEDS, seed + SEEDS_PER_SERVER); s++) {
                    OracleAccount account = new OracleAccount(caller, s);
                    for (int step = 0; step < STEPS; step++) {
                        account.step();
                        steps++;
                    }
                    accounts.add(account);
                }
                server.killHard();
            }
        }
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            checkAfterRestart(accounts, caller);
        }
        Aloud.say("oracle: seeds=%d, first=%d, steps=%d, differences=0".formatted(SEEDS, FIRST, steps));
        assertThat(steps).isEqualTo((long) SEEDS * STEPS);
    }

    @Test
    void everyAnswerIsOfOneMomentWhileAWriterRuns() throws Exception {
        ServerLaunch launch = ServerLaunch.of(directory.resolve("moments"))
                .withMaxHeap("512m")
                .withSetting("account-cache.max-bytes", "1MiB");
        long reads = 0;
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            for (long seed = FIRST; seed < FIRST + WRITERS; seed++) {
                reads += new OracleMoments(caller, seed).run(WRITES);
            }
        }
        Aloud.say("oracle: writers=%d, writes=%d, reads beside=%d, differences=0".formatted(WRITERS, WRITES, reads));
        assertThat(reads).isGreaterThan(WRITERS * 10L);
    }

    /** Compares what was written before the kill, goes on for a few steps, and forgets the accounts. */
    private static void checkAfterRestart(List<OracleAccount> accounts, Caller caller) {
        for (OracleAccount account : accounts) {
            account.reconnect(caller);
            account.checkEverything();
            for (int step = 0; step < 5; step++) {
                account.step();
            }
        }
        accounts.clear();
    }
}
