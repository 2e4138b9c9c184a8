package io.knarr.server.rpc;

import io.grpc.Metadata;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * What a call's metadata says about its caller; not believed yet.
 *
 * @param apiKey the key, from {@code authorization: Bearer KEY} or {@code api-key: KEY}
 * @param account the account named by {@code x-account-id}
 * @param incarnation the life of the account named by {@code x-account-incarnation}
 */
record CallClaims(Optional<String> apiKey, Optional<AccountId> account, Optional<UUID> incarnation) {
    /** The path of the metadata that names the account, in errors. */
    static final String ACCOUNT_FIELD = "metadata.x-account-id";

    private static final FieldPath ACCOUNT_PATH = FieldPath.of(ACCOUNT_FIELD);
    private static final FieldPath INCARNATION_PATH = FieldPath.of("metadata.x-account-incarnation");

    private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
    private static final Metadata.Key<String> API_KEY = key("api-key");
    private static final Metadata.Key<String> ACCOUNT_ID = key("x-account-id");
    private static final Metadata.Key<String> ACCOUNT_INCARNATION = key("x-account-incarnation");

    private static final String BEARER = "bearer ";

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /** Leaves out the key: it is a secret. */
    @Override
    public String toString() {
        return "CallClaims[account=" + account + ", incarnation=" + incarnation + "]";
    }

    /**
     * Reads a call's metadata.
     *
     * @throws ServiceException INVALID_FIELD or LIMIT_EXCEEDED if the account or the incarnation is malformed or given twice;
     *     UNAUTHENTICATED if there is more than one credential, or one of another scheme
     */
    static CallClaims of(Metadata metadata) {
        return new CallClaims(
                apiKey(metadata),
                single(metadata, ACCOUNT_ID, ACCOUNT_PATH).map(id -> NameMapper.account(id, ACCOUNT_PATH)),
                single(metadata, ACCOUNT_INCARNATION, INCARNATION_PATH)
                        .map(text -> NameMapper.uuid(text, INCARNATION_PATH, ErrorCode.INVALID_FIELD)));
    }

    // Two values leave it open which one a proxy in front of us checked, so neither is taken.
    private static Optional<String> single(Metadata metadata, Metadata.Key<String> key, FieldPath path) {
        Iterable<String> values = metadata.getAll(key);
        if (values == null) {
            return Optional.empty();
        }
        Iterator<String> iterator = values.iterator();
        String value = iterator.next();
        if (iterator.hasNext()) {
            throw Rejections.invalid(path, "The metadata key is given more than once");
        }
        return Optional.of(value);
    }

    private static Optional<String> apiKey(Metadata metadata) {
        Optional<String> authorization = singleCredential(metadata, AUTHORIZATION);
        Optional<String> apiKey = singleCredential(metadata, API_KEY);
        if (authorization.isPresent() && apiKey.isPresent()) {
            throw severalCredentials();
        }
        return authorization.map(CallClaims::bearer).or(() -> apiKey);
    }

    private static Optional<String> singleCredential(Metadata metadata, Metadata.Key<String> key) {
        Iterable<String> values = metadata.getAll(key);
        if (values == null) {
            return Optional.empty();
        }
        Iterator<String> iterator = values.iterator();
        String value = iterator.next();
        if (iterator.hasNext()) {
            throw severalCredentials();
        }
        return Optional.of(value);
    }

    private static ServiceException severalCredentials() {
        return new ServiceException(ErrorCode.UNAUTHENTICATED, "The call carries more than one credential");
    }

    private static String bearer(String authorization) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw new ServiceException(
                    ErrorCode.UNAUTHENTICATED, "The authorization metadata must be of the form: Bearer KEY");
        }
        return authorization.substring(BEARER.length()).strip();
    }
}
