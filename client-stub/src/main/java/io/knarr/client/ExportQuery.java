package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which records to export, and what of them. Immutable: each method returns another query.
 *
 * @param filter only records that match; empty: all
 * @param slice only this part of the collection; empty: all of it
 * @param projection which fields and vectors come back
 * @param position where to go on, from {@link Export#position}; empty to begin
 * @param view the moment of another export of the collection, from {@link Export#view}; empty: now
 */
public record ExportQuery(
        Optional<Filter> filter, Optional<ListQuery.Part> slice, Projection projection, String position, String view) {
    /** All records with all fields and vectors. */
    public static final ExportQuery ALL =
            new ExportQuery(Optional.empty(), Optional.empty(), Projection.EVERYTHING, "", "");

    public ExportQuery {
        requireNonNull(filter, "filter is null");
        requireNonNull(slice, "slice is null");
        requireNonNull(projection, "projection is null");
        requireNonNull(position, "position is null");
        requireNonNull(view, "view is null");
    }

    /** Returns this query for the records that match. */
    public ExportQuery filter(Filter newFilter) {
        return new ExportQuery(Optional.of(newFilter), slice, projection, position, view);
    }

    /** Returns this query of one of several parts of the collection, from 0. */
    public ExportQuery slice(int index, int count) {
        return new ExportQuery(filter, Optional.of(new ListQuery.Part(index, count)), projection, position, view);
    }

    /** Returns this query with those fields and vectors. */
    public ExportQuery returning(Projection newProjection) {
        return new ExportQuery(filter, slice, newProjection, position, view);
    }

    /** Returns this query going on where another export of it was. */
    public ExportQuery from(String newPosition) {
        return new ExportQuery(filter, slice, projection, newPosition, "");
    }

    /** Returns this query of the moment of another export. */
    public ExportQuery at(String newView) {
        return new ExportQuery(filter, slice, projection, "", newView);
    }
}
