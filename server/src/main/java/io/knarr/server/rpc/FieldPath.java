package io.knarr.server.rpc;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The place of a field in a request: {@code records[3].vectors["default"].values[17]}. Immutable. Made for every record of a batch and
 * turned into text only when something is wrong there, so it is a chain of small nodes and not a string.
 */
final class FieldPath {
    /** The most characters of a caller's map key that a path shows. */
    private static final int MAX_KEY_LENGTH = 128;

    private static final int NO_INDEX = -1;

    private enum Kind {
        FIELD,
        INDEX,
        KEY
    }

    private final @Nullable FieldPath parent;
    private final Kind kind;
    private final String name;
    private final int index;

    private FieldPath(@Nullable FieldPath parent, Kind kind, String name, int index) {
        this.parent = parent;
        this.kind = kind;
        this.name = name;
        this.index = index;
    }

    /** Returns the path of a field of the request itself. */
    static FieldPath of(String name) {
        return new FieldPath(null, Kind.FIELD, name, NO_INDEX);
    }

    /** Returns the path of a field of the message at this place. */
    FieldPath field(String fieldName) {
        return new FieldPath(this, Kind.FIELD, fieldName, NO_INDEX);
    }

    /** Returns the path of an element of the list at this place. */
    FieldPath index(int elementIndex) {
        return new FieldPath(this, Kind.INDEX, "", elementIndex);
    }

    /** Returns the path of an entry of the map at this place. */
    FieldPath key(String entryKey) {
        return new FieldPath(this, Kind.KEY, entryKey, NO_INDEX);
    }

    @Override
    public String toString() {
        Deque<FieldPath> nodes = new ArrayDeque<>();
        for (FieldPath node = this; node != null; node = node.parent) {
            nodes.push(node);
        }
        StringBuilder text = new StringBuilder();
        for (FieldPath node : nodes) {
            switch (node.kind) {
                case FIELD -> text.append(text.isEmpty() ? "" : ".").append(node.name);
                case INDEX -> text.append('[').append(node.index).append(']');
                case KEY -> appendQuoted(text.append('['), node.name).append(']');
            }
        }
        return text.toString();
    }

    // A key is the caller's text, of any length and any characters, and a path goes into an HTTP/2 header and into
    // logs.
    private static StringBuilder appendQuoted(StringBuilder text, String key) {
        text.append('"');
        int shown = Math.min(key.length(), MAX_KEY_LENGTH);
        for (int i = 0; i < shown; i++) {
            char c = key.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                text.append(c);
            } else {
                text.append(String.format("\\u%04x", (int) c));
            }
        }
        return text.append(shown < key.length() ? "...\"" : "\"");
    }
}
