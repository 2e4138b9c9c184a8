package io.knarr.client;

import java.util.regex.Pattern;

/** Tells addresses of this machine from others. */
final class Loopback {
    private static final Pattern TARGET =
            Pattern.compile("(?:dns:///)?(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])(?::[0-9]{1,5})?");

    private Loopback() {}

    /** Returns true if a gRPC target is sure to be this machine. */
    static boolean isTarget(String target) {
        return TARGET.matcher(target).matches();
    }
}
