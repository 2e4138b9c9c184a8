package io.knarr.server.rpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.RequestKey;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.UUID;

/** Reads the names that callers give their writes. */
final class RequestKeys {
    private RequestKeys() {}

    /** Returns the name of a call, if it has one. */
    static Optional<RequestKey> of(String requestId, Message request, FieldPath path) {
        return requestId.isEmpty()
                ? Optional.empty()
                : Optional.of(new RequestKey(
                        NameMapper.uuid(requestId, path, ErrorCode.INVALID_FIELD), fingerprint(request)));
    }

    /** Returns the first half of the SHA-256 of a request's type and content. Equal requests have equal ones, in whatever order their maps are. */
    private static UUID fingerprint(Message request) {
        try (DigestOutputStream digesting =
                new DigestOutputStream(OutputStream.nullOutputStream(), MessageDigest.getInstance("SHA-256"))) {
            CodedOutputStream output = CodedOutputStream.newInstance(digesting);
            output.useDeterministicSerialization();
            output.writeStringNoTag(request.getDescriptorForType().getFullName());
            request.writeTo(output);
            output.flush();
            ByteBuffer digest = ByteBuffer.wrap(digesting.getMessageDigest().digest());
            return new UUID(digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
