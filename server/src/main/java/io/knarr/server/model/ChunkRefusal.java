package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.Remedy;
import io.knarr.server.error.ServiceException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Why a chunk was refused: what the same records would have been refused for in one call. It is stored, so what callers put into it is
 * cut to a length.
 *
 * @param code what is wrong
 * @param sentence the same for people
 * @param field the path within the chunk, if there is one
 * @param details what varies
 */
public record ChunkRefusal(ErrorCode code, String sentence, Optional<String> field, Map<String, String> details) {
    private static final int MAX_FIELD_LENGTH = 512;
    private static final int MAX_DETAIL_LENGTH = 128;
    private static final int MAX_DETAILS = 4;

    public ChunkRefusal {
        requireNonNull(code, "code is null");
        requireNonNull(sentence, "sentence is null");
        requireNonNull(field, "field is null");
        details = Map.copyOf(details);
    }

    /** Returns whether a failure is about what a chunk holds, so that the chunk alone is refused and those after it are not. */
    public static boolean isOf(ServiceException failure) {
        return failure.code().remedy() == Remedy.FIX_THE_REQUEST
                || failure.code() == ErrorCode.RECORD_EXISTS
                || failure.code() == ErrorCode.RECORD_NOT_FOUND;
    }

    /** Returns what there is to say of a failure. */
    public static ChunkRefusal of(ServiceException failure) {
        Map<String, String> details = new LinkedHashMap<>();
        failure.details().entrySet().stream()
                .limit(MAX_DETAILS)
                .forEach(detail -> details.put(detail.getKey(), excerpt(detail.getValue(), MAX_DETAIL_LENGTH)));
        return new ChunkRefusal(
                failure.code(),
                String.valueOf(failure.getMessage()),
                failure.field().map(path -> excerpt(path, MAX_FIELD_LENGTH)),
                details);
    }

    private static String excerpt(String text, int maxLength) {
        return text.length() <= maxLength ? text : text.substring(0, maxLength) + "...";
    }
}
