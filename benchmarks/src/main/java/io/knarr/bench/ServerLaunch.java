package io.knarr.bench;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How to start a child server.
 *
 * @param data the data directory; made by the server if missing
 * @param maxHeap the child's {@code -Xmx}, for example {@code 512m}; empty: the JVM's own choice
 * @param jvmArguments more flags for the child's JVM
 * @param arguments more arguments for the server, after {@code --data} and the two ports, for example
 *     {@code --set account-cache.max-bytes=1MiB}
 * @param startTimeout how long the child may take until it serves; positive
 */
public record ServerLaunch(
        Path data, Optional<String> maxHeap, List<String> jvmArguments, List<String> arguments, Duration startTimeout) {
    private static final Duration DEFAULT_START_TIMEOUT = Duration.ofMinutes(1);

    public ServerLaunch {
        requireNonNull(data, "data is null");
        requireNonNull(maxHeap, "maxHeap is null");
        jvmArguments = List.copyOf(jvmArguments);
        arguments = List.copyOf(arguments);
        if (startTimeout.isNegative() || startTimeout.isZero()) {
            throw new IllegalArgumentException("startTimeout must be positive: " + startTimeout);
        }
    }

    /** Returns a launch on that directory with nothing special about it. */
    public static ServerLaunch of(Path data) {
        return new ServerLaunch(data, Optional.empty(), List.of(), List.of(), DEFAULT_START_TIMEOUT);
    }

    /** Returns the same with a limit on the heap, in the JVM's notation. */
    public ServerLaunch withMaxHeap(String value) {
        return new ServerLaunch(data, Optional.of(value), jvmArguments, arguments, startTimeout);
    }

    /** Returns the same with one more flag for the child's JVM. */
    public ServerLaunch withJvmArgument(String argument) {
        return new ServerLaunch(data, maxHeap, append(jvmArguments, argument), arguments, startTimeout);
    }

    /** Returns the same with one more setting, as {@code --set name=value}. */
    public ServerLaunch withSetting(String name, String value) {
        return new ServerLaunch(
                data, maxHeap, jvmArguments, append(arguments, "--set", name + "=" + value), startTimeout);
    }

    private static List<String> append(List<String> list, String... more) {
        List<String> all = new ArrayList<>(list);
        all.addAll(List.of(more));
        return all;
    }
}
