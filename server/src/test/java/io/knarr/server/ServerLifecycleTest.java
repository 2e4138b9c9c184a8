package io.knarr.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

final class ServerLifecycleTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final ServerLifecycle lifecycle = new ServerLifecycle();
    private final List<String> stopped = new CopyOnWriteArrayList<>();

    @Test
    void stepsStopInReverseOrderOfTheirStart() throws Exception {
        start("store");
        start("grpc");
        start("http");

        assertThat(lifecycle.stop()).isEmpty();

        assertThat(stopped).containsExactly("http", "grpc", "store");
    }

    @Test
    void aStepThatFailsToStopDoesNotKeepTheOthersFromStopping() throws Exception {
        IOException failure = new IOException("disk");
        start("store");
        lifecycle.start("grpc", LONG, () -> "grpc", _ -> {
            throw failure;
        });
        start("http");

        assertThat(lifecycle.stop()).containsExactly(failure);

        assertThat(stopped).containsExactly("http", "store");
    }

    @Test
    void aStepThatHangsIsLeftBehind() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        start("store");
        lifecycle.start("grpc", Duration.ofMillis(20), () -> "grpc", _ -> never.await());

        assertThat(lifecycle.stop()).singleElement().isInstanceOf(TimeoutException.class);

        assertThat(stopped).containsExactly("store");
        never.countDown();
    }

    @Test
    void whatFailsToStartIsNotStopped() throws Exception {
        start("store");
        assertThatThrownBy(() -> lifecycle.start(
                        "grpc",
                        LONG,
                        () -> {
                            throw new IOException("port");
                        },
                        _ -> stopped.add("grpc")))
                .isInstanceOf(IOException.class);

        assertThat(lifecycle.stop()).isEmpty();

        assertThat(stopped).containsExactly("store");
    }

    @Test
    void whatStartsWhileTheServerStopsIsStoppedAtOnce() {
        assertThat(lifecycle.stop()).isEmpty();

        assertThatThrownBy(() -> start("late")).isInstanceOf(IllegalStateException.class);

        assertThat(stopped).containsExactly("late");
    }

    @Test
    void everythingIsStoppedOnceHoweverManyAskForIt() throws Exception {
        start("store");

        assertThat(lifecycle.stop()).isEmpty();
        assertThat(lifecycle.stop()).isEmpty();
        lifecycle.awaitStopped();

        assertThat(stopped).containsExactly("store");
    }

    @Test
    void aSecondCallerWaitsUntilTheFirstHasStoppedEverything() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        lifecycle.start("store", LONG, () -> "store", name -> {
            begun.countDown();
            go.await();
            stopped.add(name);
        });
        Thread first = Thread.ofPlatform().start(lifecycle::stop);
        begun.await();
        List<String> seenBySecond = new CopyOnWriteArrayList<>();
        Thread second = Thread.ofPlatform().start(() -> {
            lifecycle.stop();
            seenBySecond.addAll(stopped);
        });

        go.countDown();
        first.join();
        second.join();

        assertThat(seenBySecond).containsExactly("store");
    }

    private void start(String name) throws Exception {
        lifecycle.start(name, LONG, () -> name, stopped::add);
    }
}
