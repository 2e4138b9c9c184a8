package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.UUID;

/**
 * What this server says of itself.
 *
 * @param version the server's version
 * @param storeId the UUID of the store it serves
 * @param startTime when the process began to serve
 * @param kernel which kernel computes distances, for example {@code simd-512}
 */
public record ServerIdentity(String version, UUID storeId, Instant startTime, String kernel) {
    public ServerIdentity {
        requireNonNull(version, "version is null");
        requireNonNull(storeId, "storeId is null");
        requireNonNull(startTime, "startTime is null");
        requireNonNull(kernel, "kernel is null");
    }
}
