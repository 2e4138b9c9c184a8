package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

/**
 * The caller's name of an account.
 *
 * @param value 1 to 64 of {@code a-z 0-9 - _ .}, starting with a letter or a digit
 */
public record AccountId(String value) implements Comparable<AccountId> {
    /** The most characters an account id may have. */
    public static final int MAX_LENGTH = 64;

    public AccountId {
        requireNonNull(value, "value is null");
        if (!isValid(value)) {
            throw new IllegalArgumentException("Not an account id");
        }
    }

    /** Returns whether {@code value} could be an account id. */
    public static boolean isValid(String value) {
        if (value.isEmpty() || value.length() > MAX_LENGTH || !isLetterOrDigit(value.charAt(0))) {
            return false;
        }
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!isLetterOrDigit(c) && c != '-' && c != '_' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    @Override
    public int compareTo(AccountId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
