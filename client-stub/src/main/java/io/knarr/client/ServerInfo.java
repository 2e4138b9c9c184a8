package io.knarr.client;

import java.time.Instant;

/**
 * What a server is, and as whom it sees the caller.
 *
 * @param version the server's version
 * @param storeId UUID of the store, made when its directory was first used
 * @param startTime when the process began to serve
 * @param identityMode {@code open} or {@code keys}
 * @param accountId the account this call acts on
 * @param root true if this call has root's rights
 * @param kernel which kernels compute distances
 */
public record ServerInfo(
        String version,
        String storeId,
        Instant startTime,
        String identityMode,
        String accountId,
        boolean root,
        String kernel) {}
