package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.Names;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads the texts that name things: accounts, collections, vectors, fields, incarnations. */
final class NameMapper {
    /** {@link UUID#fromString} also takes {@code 1-2-3-4-5}; one id must have one text, up to case. */
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private NameMapper() {}

    /** Returns the name of a collection. */
    static String collection(String name, FieldPath path) {
        return name(name, path, ErrorCode.INVALID_FIELD, "A collection's name");
    }

    /** Returns the name of a vector. */
    static String vector(String name, FieldPath path) {
        return name(name, path, ErrorCode.INVALID_FIELD, "A vector's name");
    }

    /** Returns the name of a vector in a filter. */
    static String vectorInFilter(String name, FieldPath path) {
        return name(name, path, ErrorCode.INVALID_FILTER, "A vector's name");
    }

    /** Returns the name of a field, without dots. */
    static String field(String name, FieldPath path) {
        return name(name, path, ErrorCode.INVALID_FIELD, "A field's name");
    }

    /** Returns the name of an aggregation. */
    static String aggregation(String name, FieldPath path) {
        return name(name, path, ErrorCode.INVALID_FIELD, "An aggregation's name");
    }

    /** Returns the name of a field in a filter, where dots lead into nested fields. */
    static String fieldInFilter(String dotted, FieldPath path, int maxDepth) {
        return dottedField(dotted, path, maxDepth, ErrorCode.INVALID_FILTER);
    }

    /** Returns the name of a field that a read is about, where dots lead into nested fields. */
    static String fieldInRead(String dotted, FieldPath path, int maxDepth) {
        return dottedField(dotted, path, maxDepth, ErrorCode.INVALID_FIELD);
    }

    /** Returns the path of a field in a patch, where dots lead into nested fields. */
    static String fieldInPatch(String dotted, FieldPath path, int maxDepth) {
        return dottedField(dotted, path, maxDepth, ErrorCode.INVALID_FIELD);
    }

    private static String dottedField(String dotted, FieldPath path, int maxDepth, ErrorCode code) {
        int segments = 1
                + (int) dotted.chars()
                        .filter(c -> c == '.')
                        .limit(maxDepth + 1L)
                        .count();
        if (segments > maxDepth + 1) {
            throw Rejections.limit(path, "A field's name leads deeper than values may nest", maxDepth, segments - 1L);
        }
        for (String segment : dotted.split("\\.", -1)) {
            var _ = name(segment, path, code, "Each part of a field's name");
        }
        return dotted;
    }

    private static String name(String name, FieldPath path, ErrorCode code, String what) {
        if (name.length() > Names.MAX_LENGTH) {
            throw Rejections.limit(path, what + " is too long", Names.MAX_LENGTH, name.length());
        }
        if (!Names.isValid(name)) {
            throw Rejections.of(
                    code, path, what + " must be 1 to 128 letters, digits, '_' or '-', starting with a letter or '_'");
        }
        return name;
    }

    /** Returns the id of an account. */
    static AccountId account(String id, FieldPath path) {
        requireAccountText(id, path);
        return new AccountId(id);
    }

    /** Returns what ids of accounts start with; may be empty. */
    static String accountPrefix(String prefix, FieldPath path) {
        if (!prefix.isEmpty()) {
            requireAccountText(prefix, path); // every beginning of an account id is one itself
        }
        return prefix;
    }

    private static void requireAccountText(String id, FieldPath path) {
        if (id.length() > AccountId.MAX_LENGTH) {
            throw Rejections.limit(path, "An account id is too long", AccountId.MAX_LENGTH, id.length());
        }
        if (!AccountId.isValid(id)) {
            throw Rejections.invalid(
                    path,
                    "An account id must be 1 to 64 of a-z, 0-9, '-', '_' or '.', starting with a letter or a digit");
        }
    }

    /** Returns the incarnation the caller means, if it names one. */
    static Optional<UUID> incarnation(String text, FieldPath path) {
        return text.isEmpty() ? Optional.empty() : Optional.of(uuid(text, path, ErrorCode.INVALID_FIELD));
    }

    /**
     * Returns a UUID from its text form.
     *
     * @throws ServiceException of the code given, if it has another form
     */
    static UUID uuid(String text, FieldPath path, ErrorCode code) {
        if (text.length() != 36 || !UUID_TEXT.matcher(text).matches()) {
            throw Rejections.of(code, path, "A UUID must be 8-4-4-4-12 hexadecimal digits");
        }
        return UUID.fromString(text);
    }
}
