package io.knarr.cli;

import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.v1.Slice;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads which part of a collection is meant. */
final class SliceOption {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,4})/([0-9]{1,4})");

    private SliceOption() {}

    /** Returns the part that {@code INDEX/COUNT} means. */
    static Slice slice(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new CommandFailure(
                    ExitCode.USAGE, "A slice is INDEX/COUNT, the first of four is 0/4: not '" + text + "'");
        }
        return Slice.newBuilder()
                .setIndex(Integer.parseInt(matcher.group(1)))
                .setCount(Integer.parseInt(matcher.group(2)))
                .build();
    }
}
