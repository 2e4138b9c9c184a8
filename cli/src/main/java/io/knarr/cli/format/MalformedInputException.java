package io.knarr.cli.format;

import java.io.IOException;

/** Input that cannot be used. The message names the place in it (a line or a row) and what is wrong there. */
public final class MalformedInputException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is wrong.
     *
     * @param place where, for example {@code records.jsonl, line 7}
     */
    public MalformedInputException(String place, String problem) {
        super(place + ": " + problem);
    }
}
