package io.knarr.server.index;

import io.knarr.server.model.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Paths as they are stored: {@code /a/b/c}, {@code /} for the root. */
final class PathText {
    static final String ROOT = "/";

    private PathText() {}

    /**
     * Returns a path as it is stored: without repeated slashes and without one at the end. Empty if it is none: it does not begin with a
     * slash, has a segment {@code .} or {@code ..}, which would make it mean another path, or is longer or deeper than paths may be.
     */
    static Optional<String> normalised(String text) {
        if (!text.startsWith("/") || text.length() > Paths.MAX_LENGTH) {
            return Optional.empty();
        }
        List<String> segments = new ArrayList<>();
        for (String segment : text.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return Optional.empty();
            }
            if (!segment.isEmpty()) {
                segments.add(segment);
            }
        }
        if (segments.size() > Paths.MAX_SEGMENTS) {
            return Optional.empty();
        }
        return Optional.of(ROOT + String.join("/", segments));
    }

    /** Returns whether a text is a path as it is stored. */
    static boolean isNormalised(String text) {
        int length = text.length();
        if (length > Paths.MAX_LENGTH || !text.startsWith(ROOT)) {
            return false;
        }
        int segments = 0;
        for (int from = 1; from < length; segments++) {
            int end = text.indexOf('/', from);
            int to = end < 0 ? length : end;
            boolean dots = to - from <= 2 && text.charAt(from) == '.' && text.charAt(to - 1) == '.';
            if (to == from || dots || end == length - 1) {
                return false;
            }
            from = to + 1;
        }
        return segments <= Paths.MAX_SEGMENTS;
    }

    /**
     * Returns how many segments a path has below another, 0 if it is the same; -1 if it is not below it. By whole segments:
     * {@code /a/bc} is not below {@code /a/b}. Both are as they are stored.
     */
    static int depthBelow(String ancestor, String path) {
        if (ancestor.equals(path)) {
            return 0;
        }
        boolean root = ancestor.equals(ROOT);
        int end = root ? 0 : ancestor.length();
        if (!root && !(path.startsWith(ancestor) && path.startsWith("/", end))) {
            return -1;
        }
        int depth = 0;
        for (int i = end; i < path.length(); i++) {
            depth += path.charAt(i) == '/' ? 1 : 0;
        }
        return depth;
    }
}
