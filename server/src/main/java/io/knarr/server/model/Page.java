package io.knarr.server.model;

import java.util.List;
import java.util.Optional;

/**
 * A part of a long list.
 *
 * @param items the items of this page
 * @param next where the next page starts: the key of the last item looked at; empty when there is no more
 */
public record Page<T, K>(List<T> items, Optional<K> next) {
    public Page {
        items = List.copyOf(items);
    }
}
