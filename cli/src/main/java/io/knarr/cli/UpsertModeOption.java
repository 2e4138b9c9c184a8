package io.knarr.cli;

import io.knarr.client.UpsertMode;
import picocli.CommandLine.Option;

/** The option that says what is expected of the ids of records. */
final class UpsertModeOption {
    /** The names on the command line. */
    enum Name {
        UPSERT(UpsertMode.UPSERT, io.knarr.v1.UpsertMode.UPSERT_MODE_UPSERT),
        INSERT(UpsertMode.INSERT_ONLY, io.knarr.v1.UpsertMode.UPSERT_MODE_INSERT_ONLY),
        UPDATE(UpsertMode.UPDATE_ONLY, io.knarr.v1.UpsertMode.UPSERT_MODE_UPDATE_ONLY);

        private final UpsertMode mode;
        private final io.knarr.v1.UpsertMode wire;

        Name(UpsertMode mode, io.knarr.v1.UpsertMode wire) {
            this.mode = mode;
            this.wire = wire;
        }
    }

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description =
                    "upsert: insert what is new, replace what exists (default). insert: every id must be new. update: every id must exist.")
    private Name name = Name.UPSERT;

    UpsertMode mode() {
        return name.mode;
    }

    io.knarr.v1.UpsertMode wireMode() {
        return name.wire;
    }
}
