package io.knarr.client;

import io.grpc.Metadata;

/** The metadata that says who calls, and for whom. */
final class Identity {
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> ACCOUNT_ID = Metadata.Key.of("x-account-id", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> ACCOUNT_INCARNATION =
            Metadata.Key.of("x-account-incarnation", Metadata.ASCII_STRING_MARSHALLER);

    private Identity() {}

    /**
     * Returns the value if a header can carry it; whether it is a good one is for the server to say. The value is not repeated in the
     * failure: it may be a secret.
     */
    static String headerValue(String what, String value) {
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("Must be visible ASCII without spaces: " + what);
        }
        return value;
    }
}
