package io.knarr.server.model;

/** The rule for names of collections, vectors and fields. */
public final class Names {
    /** The most characters such a name may have. */
    public static final int MAX_LENGTH = 128;

    private Names() {}

    /** Returns whether {@code name} is 1 to 128 of {@code A-Z a-z 0-9 _ -}, starting with a letter or {@code _}. */
    public static boolean isValid(String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean first = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            boolean later = (c >= '0' && c <= '9') || c == '-';
            if (!first && (i == 0 || !later)) {
                return false;
            }
        }
        return true;
    }
}
