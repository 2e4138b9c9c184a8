package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * The tokens of one listing: where the next page starts, in a form that fits only the request it came from.
 *
 * <p>Format, as base64url without padding: version {@code [uint8]}, now 1; check {@code [8 bytes]}, the beginning of a SHA-256 over the
 * listing's kind, its other arguments and the key; key {@code [the rest]}, that of the last item looked at. The check tells a damaged or a
 * foreign token from ours. It keeps no secret, and needs none: a token says where to go on among the caller's own items, and nothing else.
 */
final class PageToken {
    private static final byte VERSION = 1;
    private static final int CHECK_BYTES = 8;
    private static final int HEADER_BYTES = 1 + CHECK_BYTES;
    /** Longer than the token of the longest key, a record id of 513 bytes. */
    private static final int MAX_TOKEN_LENGTH = 1_024;

    private final ByteArrayOutputStream arguments = new ByteArrayOutputStream();

    private final FieldPath field;

    private PageToken(FieldPath field) {
        this.field = field;
    }

    /** Returns the tokens of a kind of listing. */
    static PageToken of(String listing) {
        return at(listing, "page_token");
    }

    /** Returns the tokens of a kind of listing that stand in another field of the request. */
    static PageToken at(String listing, String field) {
        return new PageToken(FieldPath.of(field)).boundTo(listing);
    }

    /** Binds the tokens to an argument of the request. Returns this. */
    PageToken boundTo(String argument) {
        return boundTo(argument.getBytes(UTF_8));
    }

    /** Binds the tokens to a life of an account or a collection. Returns this. */
    PageToken boundTo(UUID incarnation) {
        return boundTo(incarnation.toString());
    }

    /** Binds the tokens to an argument of the request. Returns this. */
    PageToken boundTo(byte[] argument) {
        arguments.writeBytes(
                ByteBuffer.allocate(Integer.BYTES).putInt(argument.length).array());
        arguments.writeBytes(argument);
        return this;
    }

    /** Returns the token that leads on from {@code key}. */
    String encode(byte[] key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(HEADER_BYTES + key.length)
                        .put(VERSION)
                        .put(check(key))
                        .put(key)
                        .array());
    }

    /**
     * Returns the key in a token, empty for the first page.
     *
     * @throws ServiceException INVALID_PAGE_TOKEN if the token is damaged, or belongs to another request
     */
    Optional<byte[]> decode(String token) {
        if (token.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = decodeBase64(token);
        if (bytes.length <= HEADER_BYTES || bytes[0] != VERSION) {
            throw invalid();
        }
        byte[] key = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
        if (!MessageDigest.isEqual(check(key), Arrays.copyOfRange(bytes, 1, HEADER_BYTES))) {
            throw invalid();
        }
        return Optional.of(key);
    }

    private byte[] decodeBase64(String token) {
        if (token.length() > MAX_TOKEN_LENGTH) {
            throw invalid();
        }
        try {
            return Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException _) {
            throw invalid();
        }
    }

    private byte[] check(byte[] key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(VERSION);
            digest.update(arguments.toByteArray());
            return Arrays.copyOf(digest.digest(key), CHECK_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Returns the failure of a token that is damaged, or of another request. */
    ServiceException invalid() {
        return Rejections.of(
                ErrorCode.INVALID_PAGE_TOKEN,
                field,
                "The page token is damaged, or belongs to a request with other arguments");
    }
}
