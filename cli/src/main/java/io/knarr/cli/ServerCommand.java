package io.knarr.cli;

import io.grpc.StatusRuntimeException;
import io.knarr.cli.call.CallFailures;
import io.knarr.cli.call.Connection;
import io.knarr.cli.filter.FilterParser;
import io.knarr.cli.filter.FilterSyntaxException;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.Filter;
import io.knarr.v1.RecordId;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that calls a server: connects as the global options say, and turns failed calls into failures of the command. */
abstract class ServerCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private GlobalOptions options = new GlobalOptions();

    /** Does the command's work. */
    abstract ExitCode run(Connection connection, Output output) throws IOException;

    @Override
    public final Integer call() throws IOException {
        if (spec == null) {
            throw new IllegalStateException("The command was not set up by picocli");
        }
        KnarrCommand root = (KnarrCommand) spec.root().userObject();
        GlobalOptions merged = options.over(root.options());
        Output output = new Output(spec.commandLine().getOut(), merged.json);
        try (Connection connection = merged.connect(root.environment())) {
            try {
                return run(connection, output).number();
            } catch (StatusRuntimeException e) {
                throw CallFailures.of(e, connection.address());
            } finally {
                output.flush();
            }
        }
    }

    /** Says something that is no result, on standard error. */
    final void notice(String text) {
        if (spec != null) {
            spec.commandLine().getErr().println("knarr: " + text);
            spec.commandLine().getErr().flush();
        }
    }

    /** Returns the filter an expression means. */
    static Filter filter(String expression) {
        try {
            return FilterParser.parse(expression);
        } catch (FilterSyntaxException e) {
            throw new CommandFailure(ExitCode.USAGE, "INVALID_FILTER", String.valueOf(e.getMessage()));
        }
    }

    /** Returns the id that a word of the command line names: digits are an integer, {@code uuid:} and {@code string:} say so. */
    static RecordId recordId(String word) {
        if (word.startsWith("uuid:")) {
            return RecordId.newBuilder()
                    .setUuid(word.substring("uuid:".length()))
                    .build();
        }
        if (word.startsWith("string:")) {
            return RecordId.newBuilder()
                    .setStringId(word.substring("string:".length()))
                    .build();
        }
        if (word.matches("[0-9]+")) {
            try {
                return RecordId.newBuilder()
                        .setUint64Id(Long.parseUnsignedLong(word))
                        .build();
            } catch (NumberFormatException e) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "The integer id '%s' does not fit into 64 bits; write string:%s for text"
                                .formatted(word, word));
            }
        }
        return RecordId.newBuilder().setStringId(word).build();
    }

    /** Returns the word of the command line that names an id; {@link #recordId} understands it. */
    static String word(RecordId id) {
        return switch (id.getKindCase()) {
            case STRING_ID -> {
                String text = id.getStringId();
                boolean plain = !text.matches("[0-9]*") && !text.startsWith("uuid:") && !text.startsWith("string:");
                yield plain ? text : "string:" + text;
            }
            case UINT64_ID -> Long.toUnsignedString(id.getUint64Id());
            case UUID -> "uuid:" + id.getUuid();
            case KIND_NOT_SET -> "-";
        };
    }

    /** Returns the parts of a list written with commas. */
    static List<String> commaSeparated(String list) {
        return List.of(list.split(",", -1)).stream().map(String::strip).toList();
    }
}
