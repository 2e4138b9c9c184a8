package io.knarr.server;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigSource;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the server listens, and who may call it there.
 *
 * @param address the address of both ports
 * @param grpcPort 0 to 65,535; 0 is any free one
 * @param httpPort as {@code grpcPort}; not the same one
 * @param keysFile the credentials; without them the server is open
 * @param allowPlaintext whether an address that others can reach is allowed without TLS
 */
public record ListenConfig(
        InetAddress address, int grpcPort, int httpPort, Optional<Path> keysFile, boolean allowPlaintext) {
    /** Stands in for settings that are refused, so that those which follow from it can be read and judged too. */
    static final ListenConfig STAND_IN =
            new ListenConfig(InetAddress.getLoopbackAddress(), 0, 0, Optional.empty(), false);

    private static final int MAX_PORT = 65_535;

    public ListenConfig {
        requireNonNull(address, "address is null");
        requireNonNull(keysFile, "keysFile is null");
        requirePort("grpc.port", grpcPort);
        requirePort("http.port", httpPort);
        if (grpcPort == httpPort && grpcPort != 0) {
            throw new IllegalArgumentException("grpc.port and http.port must differ: " + grpcPort);
        }
    }

    static ListenConfig from(ConfigSource source) {
        // All of them are read before one is judged, so that each is a known name even if another is wrong.
        String address = source.string("bind.address", "127.0.0.1");
        int grpcPort = source.integer("grpc.port", 6334);
        int httpPort = source.integer("http.port", 6333);
        Optional<Path> keysFile = source.path("grpc.keys-file");
        boolean allowPlaintext = source.bool("bind.allow-plaintext", false);
        return new ListenConfig(resolve(address), grpcPort, httpPort, keysFile, allowPlaintext);
    }

    private static InetAddress resolve(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "bind.address must be an address of this machine, such as 127.0.0.1 or 0.0.0.0: " + address, e);
        }
    }

    private static void requirePort(String property, int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException(property + " must be 0 to 65535: " + port);
        }
    }
}
