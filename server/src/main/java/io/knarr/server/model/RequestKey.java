package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * The name that a caller gave a write, so that repeating it does nothing and is answered as the first time.
 *
 * @param id the caller's name of it
 * @param fingerprint of all that was asked: another one under the same id is another request
 */
public record RequestKey(UUID id, UUID fingerprint) {
    public RequestKey {
        requireNonNull(id, "id is null");
        requireNonNull(fingerprint, "fingerprint is null");
    }
}
