package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.NullValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Slice;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts the rows of a view in the order of a field, once. Made for one listing and used by one thread. */
final class FieldSorter {
    private static final String AT = "order_by.field";

    private final RowTable.View view;
    private final RecordOrder order;
    private final long maxBytes;
    private final CallDeadline deadline;

    private int count;
    private int[] rows = new int[0];
    private @Nullable FieldValue[] values = new FieldValue[0];
    private long sortKeyBytes;

    /** @param maxBytes what the sorted ids may take in memory */
    FieldSorter(RowTable.View view, RecordOrder order, long maxBytes, CallDeadline deadline) {
        this.view = view;
        this.order = order;
        this.maxBytes = maxBytes;
        this.deadline = deadline;
    }

    /** Refuses an order by what has none. @throws ServiceException UNKNOWN_FIELD, TYPE_MISMATCH */
    static void check(RecordOrder order, Schema schema) {
        FieldPlace.find(schema, order.field(), AT).ifPresent(place -> {
            FieldType type = place.spec().type();
            if (place.list() || type == FieldType.GEO || type == FieldType.OBJECT) {
                throw withoutOrder((place.list() ? "list of " : "") + FieldRules.name(type));
            }
        });
    }

    /**
     * Returns the ids of the records that match, those of a slice, in order.
     *
     * @throws ServiceException LIMIT_EXCEEDED if they are too many to be kept; TYPE_MISMATCH if one has a value without an order
     */
    SortedIds sort(Optional<Filter> filter, Slice slice) {
        collect(filter, slice);
        int[] places = new int[count];
        Arrays.setAll(places, place -> place);
        RowSort.sort(places, this::compare, deadline);
        for (int rank = 0; rank < count; rank++) {
            places[rank] = rows[places[rank]];
        }
        return SortedIds.of(view.ids(), places, Math.toIntExact(sortKeyBytes));
    }

    private void collect(Optional<Filter> filter, Slice slice) {
        RowMatcher.Column column = view.column(order.field());
        MatchedRows.forEach(view, filter, deadline, row -> {
            byte[] sortKey = view.ids().sortKey(row);
            if (slice.includes(sortKey)) {
                add(row, orderedValue(column, row), sortKey.length);
            }
        });
    }

    private static @Nullable FieldValue orderedValue(RowMatcher.Column column, int row) {
        FieldValue value = column.value(row);
        if (value == null || value instanceof NullValue) {
            return null;
        }
        if (!FieldOrder.contains(value)) {
            throw withoutOrder(FieldRules.kind(value));
        }
        return value;
    }

    private void add(int row, @Nullable FieldValue value, int sortKeyLength) {
        sortKeyBytes += sortKeyLength;
        if (SortedIds.footprintBytes(count + 1, sortKeyBytes) > Math.min(maxBytes, Integer.MAX_VALUE)) {
            throw ServiceException.atField(
                            ErrorCode.LIMIT_EXCEEDED,
                            "order_by",
                            "The records are too many to be sorted; narrow the filter, or list by id")
                    .with("limit", maxBytes)
                    .with("records_that_fit", count);
        }
        if (count == rows.length) {
            int longer = Math.max(64, count + (count >> 1));
            rows = Arrays.copyOf(rows, longer);
            values = Arrays.copyOf(values, longer);
        }
        rows[count] = row;
        values[count] = value;
        count++;
    }

    private int compare(int left, int right) {
        FieldValue a = values[left];
        FieldValue b = values[right];
        if (a != null && b != null) {
            int byValue = FieldOrder.compare(a, b);
            if (byValue != 0) {
                return order.descending() ? -byValue : byValue;
            }
        } else if (a != null || b != null) {
            return a != null ? -1 : 1;
        }
        return view.compareIds(rows[left], rows[right]);
    }

    private static ServiceException withoutOrder(String kind) {
        return ServiceException.atField(
                        ErrorCode.TYPE_MISMATCH, AT, "Records cannot be ordered by a field that holds such values")
                .with("kind", kind);
    }
}
