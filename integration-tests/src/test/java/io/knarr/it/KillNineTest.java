package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was acknowledged survives {@code kill -9}, wherever it hits: under load, and while the server starts and recovers.
 *
 * <p>{@code -Dknarr.it.kills=N} sets the number of kills (50; the long form is 2,000), {@code -Dknarr.it.seed=N} the seed of the writes and
 * of the moments of the kills.
 */
class KillNineTest {
    private static final int KILLS = Integer.getInteger("knarr.it.kills", 50);
    private static final long SEED = Long.getLong("knarr.it.seed", 1);
    private static final int MIN_RUN_MILLIS = 50;
    private static final int MAX_RUN_MILLIS = 1_200;
    private static final int MAX_START_MILLIS = 1_500;

    @TempDir
    private Path directory;

    @Test
    void nothingAcknowledgedIsLostAndNothingHalfDoneShows() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m");
        int killedStarting = 0;
        try (CrashRig rig = new CrashRig(directory.resolve("oracle"), SEED)) {
            for (int kill = 1; kill <= KILLS; kill++) {
                if (kill > 1 && kill % 5 == 0) {
                    killWhileStarting(launch, random.nextInt(MAX_START_MILLIS));
                    killedStarting++;
                    continue;
                }
                try (ServerProcess server = ServerProcess.start(launch)) {
                    if (kill == 1) {
                        rig.prepare(server);
                    }
                    rig.check(server);
                    int run = MIN_RUN_MILLIS + random.nextInt(MAX_RUN_MILLIS - MIN_RUN_MILLIS);
                    rig.writeThrough(server, run, true, ServerProcess::killHard);
                }
            }
            try (ServerProcess server = ServerProcess.start(launch)) {
                rig.check(server);
            }
            Aloud.say("kill -9: kills=%d, while_starting=%d, acknowledged_calls=%d, seed=%d, findings=%s"
                    .formatted(KILLS, killedStarting, rig.acknowledged(), SEED, rig.counts()));
            assertThat(rig.counts())
                    .as("findings, for example %s", rig.examples())
                    .isEmpty();
            assertThat(rig.acknowledged()).as("calls acknowledged").isGreaterThan(KILLS * 10L);
        }
    }

    private static void killWhileStarting(ServerLaunch launch, int afterMillis) throws Exception {
        try (ServerProcess server = ServerProcess.launch(launch)) {
            TimeUnit.MILLISECONDS.sleep(afterMillis); // the moment of the kill, not a wait for something to happen
            assertThat(server.isAlive()).as("the server did not die by itself").isTrue();
        }
    }
}
