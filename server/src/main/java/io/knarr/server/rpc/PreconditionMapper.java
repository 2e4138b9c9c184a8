package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Precondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what must hold for a write. */
final class PreconditionMapper {
    private PreconditionMapper() {}

    /** Returns the preconditions of a call, which may be none. */
    static List<Precondition> toPreconditions(
            List<io.knarr.v1.Precondition> preconditions, FieldPath path, Limits limits) {
        if (preconditions.size() > limits.maxBatchRecords()) {
            throw Rejections.limit(
                    path, "Too many preconditions in one call", limits.maxBatchRecords(), preconditions.size());
        }
        List<Precondition> result = new ArrayList<>(preconditions.size());
        for (int i = 0; i < preconditions.size(); i++) {
            result.add(toPrecondition(preconditions.get(i), path.index(i), limits));
        }
        return result;
    }

    private static Precondition toPrecondition(io.knarr.v1.Precondition precondition, FieldPath path, Limits limits) {
        if (!precondition.hasVersion() && !precondition.hasFilter() && !precondition.hasExists()) {
            throw Rejections.invalid(path, "A precondition needs a version, a filter, or whether the record exists");
        }
        if (precondition.hasVersion() && precondition.getVersion() < 1) {
            throw Rejections.invalid(path.field("version"), "A version is 1 or more");
        }
        if (precondition.hasExists()
                && !precondition.getExists()
                && (precondition.hasVersion() || precondition.hasFilter())) {
            throw Rejections.invalid(
                    path.field("exists"), "A record that must not exist has no version and matches no filter");
        }
        Optional<Filter> filter = precondition.hasFilter()
                ? Optional.of(FilterMapper.toFilter(precondition.getFilter(), path.field("filter"), limits))
                : Optional.empty();
        return new Precondition(
                RecordIdMapper.toId(precondition.getId(), path.field("id"), ErrorCode.INVALID_FIELD),
                precondition.hasVersion() ? OptionalLong.of(precondition.getVersion()) : OptionalLong.empty(),
                filter,
                precondition.hasExists() ? Optional.of(precondition.getExists()) : Optional.empty());
    }
}
