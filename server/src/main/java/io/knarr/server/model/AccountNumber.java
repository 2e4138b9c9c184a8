package io.knarr.server.model;

/**
 * The server's own name of one life of an account: what its keys in the store begin with. Never used twice, so a re-created account
 * cannot meet the keys of its predecessor, and no caller's text ever forms a key of another account.
 *
 * @param value 1 or more
 */
public record AccountNumber(long value) {
    public AccountNumber {
        if (value < 1) {
            throw new IllegalArgumentException("Account number must be positive: " + value);
        }
    }
}
