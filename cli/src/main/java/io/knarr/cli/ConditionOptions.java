package io.knarr.cli;

import io.knarr.v1.Precondition;
import io.knarr.v1.RecordId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what must hold of a record for a write to happen. */
final class ConditionOptions {
    @Option(names = "--if-version", paramLabel = "N", description = "Only if the record has this version.")
    private @Nullable Long version;

    @Option(names = "--if", paramLabel = "EXPR", description = "Only if the record matches this filter.")
    private @Nullable String filterText;

    /** Returns what must hold of a record. */
    List<Precondition> of(RecordId id) {
        List<Precondition> preconditions = new ArrayList<>();
        if (version != null) {
            preconditions.add(
                    Precondition.newBuilder().setId(id).setVersion(version).build());
        }
        if (filterText != null) {
            preconditions.add(Precondition.newBuilder()
                    .setId(id)
                    .setFilter(ServerCommand.filter(filterText))
                    .build());
        }
        return preconditions;
    }
}
