package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A collection's rows as they were loaded, for its writer to take over.
 *
 * @param table the rows
 * @param rowsById which row each living record is in; {@code null} where nobody had to know yet
 * @param sequence the last write that the rows show
 * @param lineage of the journal that leads on from the image, {@link #NO_JOURNAL} where there is no image
 * @param touchedSinceImage records written or deleted since the image, those in the journal
 */
record LoadedRows(RowTable table, @Nullable RowsById rowsById, long sequence, long lineage, long touchedSinceImage) {
    /** The lineage of no journal. */
    static final long NO_JOURNAL = 0;

    LoadedRows {
        requireNonNull(table, "table is null");
    }
}
