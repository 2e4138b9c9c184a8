package io.knarr.server.rpc;

import io.knarr.server.error.ServiceException;

/** Decides who a caller is. Thread-safe, and quick: it runs before any limit on calls applies. */
interface Authenticator {
    /** Returns the name of this way of telling callers apart: {@code open} or {@code keys}. */
    String mode();

    /**
     * Returns who a call is from.
     *
     * @throws ServiceException UNAUTHENTICATED without a known credential, ACCOUNT_MISMATCH if the credential is bound to another
     *     account than the one named
     */
    Identity authenticate(CallClaims claims);
}
