package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was acknowledged survives a power cut. The data lies on an ext4 of its own whose power is cut while clients write; the writers'
 * memories lie elsewhere.
 *
 * <p>{@code -Dknarr.it.cuts=N} sets the number of cuts (10; the long form is 200). Needs root and loop devices; where they are missing
 * the tests are skipped and say so on the build's output.
 */
class PowerCutTest {
    private static final int CUTS = Integer.getInteger("knarr.it.cuts", 10);
    private static final int MAX_CONTROL_CUTS = 10;
    private static final long SEED = Long.getLong("knarr.it.seed", 1);
    private static final long DISK_BYTES = 512L << 20;

    @TempDir
    private Path directory;

    @Test
    void nothingAcknowledgedIsLostWhenThePowerGoes() throws Exception {
        try (LoopMount disk = diskOrSkip("power cut");
                CrashRig rig = new CrashRig(directory.resolve("oracle"), SEED)) {
            ServerLaunch launch =
                    ServerLaunch.of(disk.directory().resolve("data")).withMaxHeap("512m");
            cut(rig, disk, launch, CUTS, false);

            Aloud.say("power cut: cuts=%d, acknowledged_calls=%d, acknowledged_after_the_cut=%d, seed=%d, findings=%s"
                    .formatted(CUTS, rig.acknowledged(), rig.lateAcks(), SEED, rig.counts()));
            assertThat(rig.counts())
                    .as("findings, for example %s", rig.examples())
                    .isEmpty();
            assertThat(rig.acknowledged()).as("calls acknowledged").isGreaterThan(CUTS * 10L);
        }
    }

    /** A rig that cannot see a loss proves nothing: a server that does not sync must be caught. */
    @Test
    void aServerThatDoesNotSyncIsCaught() throws Exception {
        try (LoopMount disk = diskOrSkip("power cut, control without sync");
                CrashRig rig = new CrashRig(directory.resolve("oracle"), SEED)) {
            ServerLaunch launch = ServerLaunch.of(disk.directory().resolve("data"))
                    .withMaxHeap("512m")
                    .withSetting("store.sync", "unsafe-never")
                    .withSetting("store.accept-loss", "true"); // or the store itself would refuse to open
            cut(rig, disk, launch, MAX_CONTROL_CUTS, true);

            Aloud.say("power cut, control without sync: acknowledged_calls=%d, findings=%s"
                    .formatted(rig.acknowledged(), rig.counts()));
            assertThat(rig.counts())
                    .as("what the oracle saw, for example %s", rig.examples())
                    .containsKey(Finding.Kind.LOST);
        }
    }

    private static void cut(CrashRig rig, LoopMount disk, ServerLaunch launch, int cuts, boolean untilLoss)
            throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int cut = 1; cut <= cuts; cut++) {
            try (ServerProcess server = ServerProcess.start(launch)) {
                if (cut == 1) {
                    rig.prepare(server);
                }
                rig.check(server);
                if (untilLoss && rig.counts().containsKey(Finding.Kind.LOST)) {
                    return;
                }
                rig.writeThrough(server, 300 + random.nextInt(1_000), false, victim -> {
                    disk.cutPower();
                    victim.killHard();
                });
            }
            disk.unmount();
            disk.mount();
        }
        try (ServerProcess server = ServerProcess.start(launch)) {
            rig.check(server);
        }
    }

    private LoopMount diskOrSkip(String test) throws InterruptedException {
        try {
            Path parent = Files.createDirectories(directory.resolve("disk"));
            return LoopMount.create(parent, DISK_BYTES);
        } catch (IOException e) {
            Aloud.skip(test, "no loop-mounted ext4 on this machine: " + e.getMessage());
            throw new IllegalStateException("Skipped", e);
        }
    }
}
