package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;

/** The failures that the mappers throw, each at the path of the field that is wrong. */
final class Rejections {
    private Rejections() {}

    /** Returns a failure for a field that is missing, malformed or out of range. */
    static ServiceException invalid(FieldPath path, String sentence) {
        return ServiceException.atField(ErrorCode.INVALID_FIELD, path.toString(), sentence);
    }

    /** Returns a failure of that code. */
    static ServiceException of(ErrorCode code, FieldPath path, String sentence) {
        return ServiceException.atField(code, path.toString(), sentence);
    }

    /** Returns a failure for something larger than its published limit. */
    static ServiceException limit(FieldPath path, String sentence, long limit, long actual) {
        return ServiceException.atField(ErrorCode.LIMIT_EXCEEDED, path.toString(), sentence)
                .with("limit", limit)
                .with("actual", actual);
    }
}
