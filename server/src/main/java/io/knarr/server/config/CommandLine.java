package io.knarr.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of the server, taken apart. Both {@code --flag value} and {@code --flag=value} are understood.
 *
 * @param settings what the flags set, by property name
 * @param configFile the file of {@code --config}
 * @param help whether {@code --help} was asked for
 * @param version whether {@code --version} was asked for
 * @param mistakes what is wrong with the arguments
 */
public record CommandLine(
        Map<String, Setting> settings,
        Optional<Path> configFile,
        boolean help,
        boolean version,
        List<String> mistakes) {
    /** The flags that set one property each, and take a value. */
    private static final Map<String, String> VALUE_FLAGS = ordered(
            "--data", "store.directory",
            "--grpc-port", "grpc.port",
            "--http-port", "http.port",
            "--bind", "bind.address",
            "--keys", "grpc.keys-file",
            "--log-level", "log.level");

    /** The flags that say yes to one property each. */
    private static final Map<String, String> SWITCHES =
            ordered("--in-memory", "store.in-memory", "--allow-plaintext", "bind.allow-plaintext");

    private static final List<String> OTHERS = List.of("--config", "--set", "--help", "--version");

    /** What {@code --help} says of the flags. */
    public static final String HELP = """
            Usage: knarr serve [flags]

              --data DIR           where the records are kept (store.directory, default ./data)
              --in-memory          keep nothing on disk: everything is gone when the server stops (store.in-memory)
              --grpc-port PORT     gRPC port, 0 for any free one (grpc.port, default 6334)
              --http-port PORT     health and metrics port, 0 for any free one (http.port, default 6333)
              --bind ADDRESS       address to listen on (bind.address, default 127.0.0.1)
              --keys FILE          credentials; without them the server is open, on loopback only (grpc.keys-file)
              --allow-plaintext    allow an address other than loopback without TLS; needs --keys (bind.allow-plaintext)
              --log-level LEVEL    error, warn, info, debug or trace (log.level, default info)
              --config FILE        a file of "name = value" lines; also KNARR_CONFIG
              --set NAME=VALUE     any setting by name; may be repeated
              --help, --version

            A setting comes from its flag, else from the environment (grpc.port is KNARR_GRPC_PORT), else from the file,
            else it has its default.
            """;

    public CommandLine {
        settings = Map.copyOf(settings);
        mistakes = List.copyOf(mistakes);
    }

    /** Takes the arguments apart. Never throws: what is wrong is in {@link #mistakes}. */
    public static CommandLine parse(List<String> arguments) {
        Parser parser = new Parser(arguments);
        parser.run();
        return new CommandLine(
                parser.settings, Optional.ofNullable(parser.configFile), parser.help, parser.version, parser.mistakes);
    }

    private static Map<String, String> ordered(String... flagsAndNames) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < flagsAndNames.length; i += 2) {
            map.put(flagsAndNames[i], flagsAndNames[i + 1]);
        }
        return map;
    }

    private static final class Parser {
        private final List<String> arguments;
        private final Map<String, Setting> settings = new LinkedHashMap<>();
        private final List<String> mistakes = new ArrayList<>();
        private @Nullable Path configFile;
        private boolean help;
        private boolean version;
        private int next;

        private Parser(List<String> arguments) {
            this.arguments = List.copyOf(arguments);
        }

        private void run() {
            while (next < arguments.size()) {
                String argument = arguments.get(next++);
                int equals = argument.indexOf('=');
                boolean joined = argument.startsWith("--") && equals > 0;
                String flag = joined ? argument.substring(0, equals) : argument;
                Optional<String> joinedValue = joined ? Optional.of(argument.substring(equals + 1)) : Optional.empty();
                one(flag, joinedValue);
            }
        }

        private void one(String flag, Optional<String> joinedValue) {
            String property = VALUE_FLAGS.get(flag);
            if (property != null) {
                value(flag, joinedValue).ifPresent(value -> set(property, value, flag));
                return;
            }
            String switched = SWITCHES.get(flag);
            if (switched != null) {
                set(switched, joinedValue.orElse("true"), flag);
                return;
            }
            switch (flag) {
                case "--help", "-h" -> help = true;
                case "--version" -> version = true;
                case "--config" -> value(flag, joinedValue).ifPresent(this::config);
                case "--set" -> value(flag, joinedValue).ifPresent(this::setByName);
                default -> unknown(flag);
            }
        }

        private Optional<String> value(String flag, Optional<String> joinedValue) {
            if (joinedValue.isPresent()) {
                return joinedValue;
            }
            if (next >= arguments.size() || arguments.get(next).startsWith("--")) {
                mistakes.add(flag + " needs a value");
                return Optional.empty();
            }
            return Optional.of(arguments.get(next++));
        }

        private void config(String value) {
            if (configFile != null) {
                mistakes.add("--config is given twice");
            }
            try {
                configFile = Path.of(value);
            } catch (InvalidPathException _) {
                mistakes.add("--config must be a path: " + value);
            }
        }

        private void setByName(String text) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                mistakes.add("--set must be name=value: " + text);
                return;
            }
            set(text.substring(0, equals).strip(), text.substring(equals + 1).strip(), "--set");
        }

        private void set(String name, String value, String flag) {
            Setting earlier = settings.putIfAbsent(name, new Setting(name, value, flag));
            if (earlier != null) {
                mistakes.add(name + " is given twice, by " + earlier.origin() + " and by " + flag);
            }
        }

        private void unknown(String flag) {
            List<String> known = new ArrayList<>(OTHERS);
            known.addAll(VALUE_FLAGS.keySet());
            known.addAll(SWITCHES.keySet());
            String hint = NearestName.of(flag, known)
                    .map(name -> "; did you mean " + name + "?")
                    .orElse("");
            mistakes.add((flag.startsWith("-") ? "Unknown flag: " : "Unexpected argument: ") + flag + hint);
        }
    }
}
