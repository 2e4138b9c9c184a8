package io.knarr.client;

import java.util.List;

/**
 * A page of a list.
 *
 * @param items what is on it; it may be short, or empty, and not be the last
 * @param nextToken gets the next page; empty on the last
 */
public record Page<T>(List<T> items, String nextToken) {
    public Page {
        items = List.copyOf(items);
    }

    /** Returns true if no page follows. */
    public boolean last() {
        return nextToken.isEmpty();
    }
}
