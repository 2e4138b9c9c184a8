package io.knarr.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/**
 * {@code knarr serve}, as the help shows it. The server parses its own arguments: {@link Main} and the launcher start it without
 * coming through here.
 */
@Command(
        name = "serve",
        description = "Start the server.",
        helpCommand = true,
        footer = "Its flags: knarr serve --help")
final class ServeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FLAG", description = "The server's flags.")
    private List<String> flags = new ArrayList<>();

    @Unmatched
    private List<String> moreFlags = new ArrayList<>();

    @Override
    public Integer call() {
        List<String> arguments = new ArrayList<>(flags);
        arguments.addAll(moreFlags);
        return Main.serve(arguments);
    }
}
