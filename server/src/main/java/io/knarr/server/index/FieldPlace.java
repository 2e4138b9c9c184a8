package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.Schema;
import java.util.Optional;

/** Finds the field that a read names in a collection's schema. */
final class FieldPlace {
    private FieldPlace() {}

    /**
     * Returns the declaration of a field, empty for one that an open schema does not declare.
     *
     * @param field the field's path
     * @param at where the request names it
     * @throws ServiceException UNKNOWN_FIELD
     */
    static Optional<FieldSpec> declared(Schema schema, String field, String at) {
        int dot = field.indexOf('.');
        Optional<FieldSpec> spec = schema.field(dot < 0 ? field : field.substring(0, dot));
        if (spec.isEmpty() && !schema.closed()) {
            return spec;
        }
        if (spec.isEmpty() || dot >= 0) {
            throw ServiceException.atField(
                            ErrorCode.UNKNOWN_FIELD, at, "The collection's schema declares no such field")
                    .with("name", field);
        }
        return spec;
    }
}
