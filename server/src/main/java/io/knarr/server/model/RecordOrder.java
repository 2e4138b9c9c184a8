package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

/**
 * By which field records are listed. Records of equal values come in the order of their ids, records without a value last, either way.
 *
 * @param field the field's path
 * @param descending whether the greatest value comes first
 */
public record RecordOrder(String field, boolean descending) {
    public RecordOrder {
        requireNonNull(field, "field is null");
    }
}
