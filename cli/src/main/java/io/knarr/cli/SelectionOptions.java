package io.knarr.cli;

import io.knarr.v1.FieldSelection;
import io.knarr.v1.VectorSelection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what of a record is shown. */
final class SelectionOptions {
    @Option(
            names = "--fields",
            paramLabel = "NAME,NAME",
            description = "Only these fields; none for none at all (default: all).")
    @Nullable
    String fields;

    @Option(
            names = "--vectors",
            paramLabel = "NAME,NAME",
            description = "These vectors too; all for all (default: none).")
    @Nullable
    String vectors;

    /** Returns the fields to ask for. */
    FieldSelection fieldSelection() {
        FieldSelection.Builder selection = FieldSelection.newBuilder();
        if ("none".equals(fields)) {
            selection.setNone(true);
        } else if (fields != null) {
            selection.addAllNames(ServerCommand.commaSeparated(fields));
        }
        return selection.build();
    }

    /** Returns the vectors to ask for. */
    VectorSelection vectorSelection() {
        VectorSelection.Builder selection = VectorSelection.newBuilder();
        if ("all".equals(vectors)) {
            selection.setAll(true);
        } else if (vectors != null) {
            selection.addAllNames(ServerCommand.commaSeparated(vectors));
        }
        return selection.build();
    }
}
