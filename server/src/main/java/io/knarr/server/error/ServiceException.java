package io.knarr.server.error;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure the caller is meant to see: a code, a fixed sentence, and what varies as keys and values.
 *
 * <p>Details go to the caller, so they never hold vectors, field values of records, or anything of another account. Not for bugs of
 * ours: these are {@link IllegalStateException}s.
 */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final @Nullable String field;
    private final LinkedHashMap<String, String> details = new LinkedHashMap<>();
    private @Nullable Duration retryAfter;

    /** Creates a failure that concerns no field of the request in particular. */
    public ServiceException(ErrorCode code, String sentence) {
        this(code, null, sentence, null);
    }

    private ServiceException(ErrorCode code, @Nullable String field, String sentence, @Nullable Throwable cause) {
        super(requireNonNull(sentence, "sentence is null"), cause);
        this.code = requireNonNull(code, "code is null");
        this.field = field;
    }

    /** Returns a failure that names the request's field, as a path: {@code filter.and.filters[2].range.gte}. */
    public static ServiceException atField(ErrorCode code, String field, String sentence) {
        return new ServiceException(code, requireNonNull(field, "field is null"), sentence, null);
    }

    /** Returns a failure with a cause that is logged and not shown to the caller. */
    public static ServiceException causedBy(Throwable cause, ErrorCode code, String sentence) {
        return new ServiceException(code, null, sentence, requireNonNull(cause, "cause is null"));
    }

    /** Adds a detail, for example {@code with("limit", 65_536)}. Returns this. */
    public ServiceException with(String key, Object value) {
        details.put(key, String.valueOf(value));
        return this;
    }

    /** Says when a retry may help. Returns this. */
    public ServiceException retryAfter(Duration delay) {
        this.retryAfter = requireNonNull(delay, "delay is null");
        return this;
    }

    /** Returns the same failure of a part of a request, with the path of the part before the field's. */
    public ServiceException within(String path) {
        ServiceException outer = new ServiceException(
                code, field == null ? path : path + "." + field, String.valueOf(getMessage()), this);
        outer.details.putAll(details);
        outer.retryAfter = retryAfter;
        return outer;
    }

    /** Returns the code. */
    public ErrorCode code() {
        return code;
    }

    /** Returns the path of the field that is wrong, if one is. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    /** Returns what varies, in the order it was added. */
    public Map<String, String> details() {
        return Collections.unmodifiableMap(details);
    }

    /** Returns when a retry may help, if known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
