package io.knarr.server.rpc;

import io.knarr.server.model.RecordOrder;
import io.knarr.server.model.Slice;
import io.knarr.v1.OrderBy;

/** Reads the orders and slices of reads. */
final class ReadMapper {
    private ReadMapper() {}

    /** Returns an order. @throws io.knarr.server.error.ServiceException INVALID_FIELD, LIMIT_EXCEEDED */
    static RecordOrder toOrder(OrderBy order, FieldPath path, Limits limits) {
        return new RecordOrder(
                NameMapper.fieldInRead(order.getField(), path.field("field"), limits.maxValueDepth()),
                order.getDescending());
    }

    /** Returns a slice. @throws io.knarr.server.error.ServiceException INVALID_FIELD, LIMIT_EXCEEDED */
    static Slice toSlice(io.knarr.v1.Slice slice, FieldPath path) {
        if (slice.getCount() < 1) {
            throw Rejections.invalid(path.field("count"), "A collection has at least one slice")
                    .with("actual", slice.getCount());
        }
        if (slice.getCount() > Slice.MAX_COUNT) {
            throw Rejections.limit(
                    path.field("count"), "A collection has too many slices", Slice.MAX_COUNT, slice.getCount());
        }
        if (slice.getIndex() < 0 || slice.getIndex() >= slice.getCount()) {
            throw Rejections.invalid(
                            path.field("index"), "The index of a slice is at least 0 and less than their count")
                    .with("count", slice.getCount())
                    .with("actual", slice.getIndex());
        }
        return new Slice(slice.getIndex(), slice.getCount());
    }
}
