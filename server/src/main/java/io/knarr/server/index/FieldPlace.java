package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldType;
import io.knarr.server.model.Schema;
import java.util.List;
import java.util.Optional;

/**
 * A declared field that a read names.
 *
 * @param spec its declaration
 * @param list whether a record may have several values there, by the field's declaration or by that of an object around it
 */
record FieldPlace(FieldSpec spec, boolean list) {
    /**
     * Finds a field in a schema; empty for one that is not declared and need not be.
     *
     * @param field the field's path
     * @param at where the request names it
     * @throws ServiceException UNKNOWN_FIELD
     */
    static Optional<FieldPlace> find(Schema schema, String field, String at) {
        return find(schema.fields(), schema.closed(), field, false, at);
    }

    private static Optional<FieldPlace> find(
            List<FieldSpec> fields, boolean closed, String field, boolean withinList, String at) {
        int dot = field.indexOf('.');
        String name = dot < 0 ? field : field.substring(0, dot);
        Optional<FieldSpec> spec =
                fields.stream().filter(known -> known.name().equals(name)).findFirst();
        boolean known = spec.isPresent() ? dot < 0 || spec.get().type() == FieldType.OBJECT : !closed;
        if (!known) {
            throw ServiceException.atField(
                            ErrorCode.UNKNOWN_FIELD, at, "The collection's schema declares no such field")
                    .with("name", field);
        }
        if (spec.isEmpty()) {
            return Optional.empty();
        }
        boolean list = withinList || spec.get().list();
        if (dot < 0) {
            return Optional.of(new FieldPlace(spec.get(), list));
        }
        List<FieldSpec> inner = spec.get().fields();
        return find(inner, closed && !inner.isEmpty(), field.substring(dot + 1), list, at);
    }
}
