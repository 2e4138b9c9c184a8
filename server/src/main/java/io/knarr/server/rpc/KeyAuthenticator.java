package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Knows callers by keys from a file, which holds only the keys' SHA-256 digests: a key is random and long, so a slow hash would add
 * nothing, and a file that leaks opens nothing.
 *
 * <p>The file is UTF-8 text. Each line is empty, or a comment that starts with {@code #}, or 64 hexadecimal digits, spaces, and either
 * {@code root} or {@code account:ID}:
 *
 * <pre>
 * # printf %s "$KEY" | sha256sum
 * 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  account:acme
 * 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752  root
 * </pre>
 */
final class KeyAuthenticator implements Authenticator {
    private static final int DIGEST_BYTES = 32;
    private static final int MAX_KEYS = 1_000_000;
    private static final String ROOT = "root";
    private static final String ACCOUNT = "account:";

    /** What a key allows: acting on its account, or as root where there is none. */
    @SuppressWarnings("ArrayRecordComponent") // compared by MessageDigest.isEqual alone
    private record Grant(byte[] digest, Optional<AccountId> account) {}

    private static final Grant NOBODY = new Grant(new byte[DIGEST_BYTES], Optional.empty());

    /** By the first eight bytes of the digest. What the time of a look-up says about them does not lead back to a key. */
    private final Map<Long, Grant> grants;

    private KeyAuthenticator(Map<Long, Grant> grants) {
        this.grants = Map.copyOf(grants);
    }

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException if the file cannot be read, has no keys, or has a line that cannot be understood, which is named
     *     by its number and not shown
     */
    static KeyAuthenticator read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, UTF_8);
        } catch (IOException e) {
            throw new IllegalArgumentException("grpc.keys-file cannot be read: " + file, e);
        }
        Map<Long, Grant> grants = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Grant grant = parse(line).orElse(null);
            if (grant == null) {
                throw mistake(file, i, "must be 64 hexadecimal digits, spaces, and root or account:ID");
            }
            if (grants.putIfAbsent(prefix(grant.digest), grant) != null) {
                throw mistake(file, i, "repeats a key");
            }
            if (grants.size() > MAX_KEYS) {
                throw mistake(file, i, "is one key more than the " + MAX_KEYS + " there may be");
            }
        }
        if (grants.isEmpty()) {
            throw new IllegalArgumentException("grpc.keys-file has no keys: " + file);
        }
        return new KeyAuthenticator(grants);
    }

    private static IllegalArgumentException mistake(Path file, int index, String sentence) {
        return new IllegalArgumentException("grpc.keys-file " + file + ", line " + (index + 1) + ": " + sentence);
    }

    private static Optional<Grant> parse(String line) {
        String[] parts = line.split("\\s+", -1);
        if (parts.length != 2 || parts[0].length() != 2 * DIGEST_BYTES) {
            return Optional.empty();
        }
        byte[] digest;
        try {
            digest = HexFormat.of().parseHex(parts[0]);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (parts[1].equals(ROOT)) {
            return Optional.of(new Grant(digest, Optional.empty()));
        }
        String account = parts[1].startsWith(ACCOUNT) ? parts[1].substring(ACCOUNT.length()) : "";
        return AccountId.isValid(account)
                ? Optional.of(new Grant(digest, Optional.of(new AccountId(account))))
                : Optional.empty();
    }

    private static long prefix(byte[] digest) {
        return ByteBuffer.wrap(digest).getLong();
    }

    @Override
    public String mode() {
        return "keys";
    }

    @Override
    public Identity authenticate(CallClaims claims) {
        String key = claims.apiKey()
                .orElseThrow(() -> new ServiceException(
                        ErrorCode.UNAUTHENTICATED,
                        "The call carries no credential; send the metadata authorization: Bearer KEY"));
        byte[] digest = sha256(key);
        Grant grant = grants.getOrDefault(prefix(digest), NOBODY);
        if (!MessageDigest.isEqual(digest, grant.digest)) {
            throw new ServiceException(ErrorCode.UNAUTHENTICATED, "The credential is not known");
        }
        if (grant.account.isEmpty()) {
            return new Identity(claims.account(), true, claims.incarnation());
        }
        if (claims.account().isPresent() && !claims.account().equals(grant.account)) {
            throw ServiceException.atField(
                    ErrorCode.ACCOUNT_MISMATCH, CallClaims.ACCOUNT_FIELD, "The credential is bound to another account");
        }
        return new Identity(grant.account, false, claims.incarnation());
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
