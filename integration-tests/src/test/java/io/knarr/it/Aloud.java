package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Says what a test could not do where nobody can overlook it: on the build's own output, past the redirection of test output. */
final class Aloud {
    private Aloud() {}

    /** Prints a line on the build's output. */
    static void say(String text) {
        @SuppressWarnings("resource") // the process's own standard error, never closed
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);
        err.println(text);
    }

    /** Skips the test, and says so. */
    static void skip(String test, String reason) {
        say("!!! SKIPPED " + test + ": " + reason);
        Assumptions.abort(reason);
    }

    /** Skips the test, and says so; in continuous integration (environment variable CI is true) it fails instead. */
    static void skipOrFailInCi(String test, String reason) {
        if ("true".equals(System.getenv("CI"))) {
            Assertions.fail("This must not be missing where CI=true: " + reason);
        }
        skip(test, reason);
    }
}
