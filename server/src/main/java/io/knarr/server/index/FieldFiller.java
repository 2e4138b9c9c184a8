package io.knarr.server.index;

import io.knarr.server.engine.SegmentException;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.store.StoreScan;

/** Reads the fields of rows that came from an image, which has none. */
final class FieldFiller {
    private FieldFiller() {}

    /**
     * Returns the columns of the rows that a view sees.
     *
     * @param scan the collection's records as of the view
     * @throws SegmentException if these are not the same records: the image that the rows came from is not what it says
     * @throws CorruptBytesException if a record is not what was written
     */
    static FieldColumns fill(Collection collection, RowTable.View view, StoreScan scan) {
        RowsById rows = RowsById.of(view.ids(), view.rowCount(), view.liveCount(), view::isVisible);
        FieldColumns columns = new FieldColumns();
        int found = 0;
        while (scan.next()) {
            byte[] key = scan.key();
            StoredRecord record = RecordCodec.decode(
                    IndexKeys.recordId(key),
                    key,
                    scan.value(),
                    collection.schema(),
                    new Selection.All(),
                    new Selection.None());
            int row = rows.find(record.id().toSortKey(), view.ids());
            if (row == RowsById.NONE || view.versions()[row] != record.version()) {
                throw SegmentException.damaged("Image does not have the records of the store");
            }
            columns.append(row, record.fields());
            found++;
        }
        if (found != view.liveCount()) {
            throw SegmentException.damaged("Image has records that the store does not have");
        }
        return columns;
    }
}
