package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the gRPC surface listens, and how many calls it takes at once.
 *
 * @param bindAddress {@code grpc.bind-address}: the address or host name to listen on; {@code 127.0.0.1}
 * @param port {@code grpc.port}: the port, 0 to 65,535, 0 for any free one; 6334
 * @param implicitAccounts {@code grpc.implicit-accounts}: whether the first write to an account creates it; true in open mode, false with
 *     keys
 * @param defaultDeadline {@code grpc.default-deadline}: how long a call may take whose caller says nothing; 1 ms to 1 h; 30 s
 * @param drainTimeout {@code grpc.drain-timeout}: how long calls under way may go on when the server stops, before they are cancelled; 0
 *     to 1 h; 30 s
 * @param maxConcurrentCalls {@code grpc.max-concurrent-calls}: calls of the server at once, 1 to 100,000; 1,024
 * @param maxConcurrentCallsPerAccount {@code grpc.max-concurrent-calls-per-account}: calls of one account at once, 1 to
 *     {@code maxConcurrentCalls}; 256
 * @param keysFile {@code grpc.keys-file}: the file of keys, for its form see {@link KeyAuthenticator}; none: everybody is root
 */
public record RpcConfig(
        String bindAddress,
        int port,
        boolean implicitAccounts,
        Duration defaultDeadline,
        Duration drainTimeout,
        int maxConcurrentCalls,
        int maxConcurrentCallsPerAccount,
        Optional<Path> keysFile) {
    private static final Duration MAX_DURATION = Duration.ofHours(1); // before DEFAULT, which is checked against it

    /** The settings of a server that was not told otherwise. */
    public static final RpcConfig DEFAULT = new RpcConfig(
            "127.0.0.1", 6_334, true, Duration.ofSeconds(30), Duration.ofSeconds(30), 1_024, 256, Optional.empty());

    public RpcConfig {
        requireNonNull(bindAddress, "bindAddress is null");
        requireNonNull(defaultDeadline, "defaultDeadline is null");
        requireNonNull(drainTimeout, "drainTimeout is null");
        requireNonNull(keysFile, "keysFile is null");
        if (bindAddress.isBlank()) {
            throw new IllegalArgumentException("grpc.bind-address must be an address or a host name");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("grpc.port must be 0 to 65535: " + port);
        }
        if (defaultDeadline.toMillis() < 1 || defaultDeadline.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("grpc.default-deadline must be 1 ms to 1 h: " + defaultDeadline);
        }
        if (drainTimeout.isNegative() || drainTimeout.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("grpc.drain-timeout must be 0 s to 1 h: " + drainTimeout);
        }
        if (maxConcurrentCalls < 1 || maxConcurrentCalls > 100_000) {
            throw new IllegalArgumentException("grpc.max-concurrent-calls must be 1 to 100000: " + maxConcurrentCalls);
        }
        if (maxConcurrentCallsPerAccount < 1 || maxConcurrentCallsPerAccount > maxConcurrentCalls) {
            throw new IllegalArgumentException(
                    "grpc.max-concurrent-calls-per-account must be 1 to grpc.max-concurrent-calls: "
                            + maxConcurrentCallsPerAccount);
        }
    }
}
