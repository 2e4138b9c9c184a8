package io.knarr.server.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The settings that an operator gave, read by name and type.
 *
 * <p>A value comes from the first of these that has it: flags, the environment, the file, the default in the code that reads it. A name
 * is known because somebody reads it; when all is read, {@link #requireNoMistakes} fails on names that nobody knows. No mistake ends the
 * reading: a reader that meets a malformed value notes it and returns the default, so that all mistakes are shown together.
 *
 * <p>Not thread-safe: it lives for the first milliseconds of a process.
 */
public final class ConfigSource {
    /** What variables of ours start with. */
    public static final String PREFIX = "KNARR_";

    private static final String CONFIG_VARIABLE = "KNARR_CONFIG";

    // Kubernetes gives every container such variables for a service called "knarr". They are not ours, and must not
    // stop a start.
    private static final Pattern FOREIGN =
            Pattern.compile("KNARR_(SERVICE_(HOST|PORT)(_.*)?|PORT(_[0-9]+_(TCP|UDP).*)?)");

    private final Map<String, Setting> flags;
    private final Map<String, Setting> environment;
    private final Map<String, Setting> file;
    private final List<String> mistakes;
    private final TreeMap<String, Setting> read = new TreeMap<>();

    private ConfigSource(
            Map<String, Setting> flags,
            Map<String, Setting> environment,
            Map<String, Setting> file,
            List<String> mistakes) {
        this.flags = new LinkedHashMap<>(flags);
        this.environment = environment;
        this.file = file;
        this.mistakes = mistakes;
    }

    /**
     * Gathers what was given.
     *
     * @param commandLine the arguments; their mistakes become this source's
     * @param variables the environment; only what starts with {@link #PREFIX} is looked at
     * @param ignoredVariables variables with that prefix that are for somebody else, such as the launcher
     */
    public static ConfigSource of(
            CommandLine commandLine, Map<String, String> variables, Set<String> ignoredVariables) {
        List<String> mistakes = new ArrayList<>(commandLine.mistakes());
        Map<String, Setting> environment = new TreeMap<>();
        variables.forEach((variable, value) -> {
            if (variable.startsWith(PREFIX)
                    && !variable.equals(CONFIG_VARIABLE)
                    && !ignoredVariables.contains(variable)
                    && !FOREIGN.matcher(variable).matches()) {
                environment.put(variable, new Setting(variable, value.strip(), variable));
            }
        });
        Optional<Path> configFile = commandLine.configFile().or(() -> Optional.ofNullable(
                        variables.get(CONFIG_VARIABLE))
                .filter(value -> !value.isBlank())
                .map(Path::of));
        Map<String, Setting> file =
                configFile.map(path -> ConfigFile.read(path, mistakes)).orElse(Map.of());
        return new ConfigSource(commandLine.settings(), environment, file, mistakes);
    }

    /** Returns a source over values by name, as if each had been given by {@code --set}. */
    public static ConfigSource of(Map<String, String> values) {
        Map<String, Setting> flags = new TreeMap<>();
        values.forEach((name, value) -> flags.put(name, new Setting(name, value, "--set")));
        return new ConfigSource(flags, Map.of(), Map.of(), new ArrayList<>());
    }

    /** Returns a whole number. */
    public int integer(String name, int defaultValue) {
        return value(
                name,
                Integer.toString(defaultValue),
                defaultValue,
                text -> parseNumber(text, Integer::parseInt, "a whole number of at most 2147483647"));
    }

    /** Returns a whole number of 64 bits. */
    public long longInteger(String name, long defaultValue) {
        return value(
                name,
                Long.toString(defaultValue),
                defaultValue,
                text -> parseNumber(text, Long::parseLong, "a whole number"));
    }

    /** Returns a number of bytes. */
    public DataSize dataSize(String name, DataSize defaultValue) {
        return value(name, defaultValue.toString(), defaultValue, DataSize::parse);
    }

    /** Returns a duration. */
    public Duration duration(String name, Duration defaultValue) {
        return value(name, DurationText.print(defaultValue), defaultValue, DurationText::parse);
    }

    /** Returns {@code true} or {@code false}, and takes nothing else for either. */
    public boolean bool(String name, boolean defaultValue) {
        return value(name, Boolean.toString(defaultValue), defaultValue, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        });
    }

    /** Returns a text, not empty. */
    public String string(String name, String defaultValue) {
        return value(name, defaultValue, defaultValue, ConfigSource::notEmpty);
    }

    /** Returns a path; relative ones are relative to the working directory, wherever they were given. */
    public Path path(String name, Path defaultValue) {
        return value(name, defaultValue.toString(), defaultValue, ConfigSource::parsePath);
    }

    /** Returns a path, if one was given. */
    public Optional<Path> path(String name) {
        return value(name, "", Optional.empty(), text -> Optional.of(parsePath(text)));
    }

    /** Returns one of an enum's values, written in lower case with dashes. */
    public <E extends Enum<E>> E choice(String name, E defaultValue) {
        Map<String, E> choices = new LinkedHashMap<>();
        for (E choice : defaultValue.getDeclaringClass().getEnumConstants()) {
            choices.put(choiceText(choice), choice);
        }
        return value(name, choiceText(defaultValue), defaultValue, text -> {
            E choice = choices.get(text.toLowerCase(Locale.ROOT));
            if (choice == null) {
                throw new IllegalArgumentException("one of " + String.join(", ", choices.keySet()));
            }
            return choice;
        });
    }

    /**
     * Makes something of settings, and notes the {@link IllegalArgumentException} by which it refuses them, whose message names the
     * setting. Returns nothing in that case: {@link #requireNoMistakes} will fail.
     */
    public <T> Optional<T> section(Supplier<T> section) {
        try {
            return Optional.of(section.get());
        } catch (IllegalArgumentException e) {
            mistakes.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Notes a mistake that only shows when several settings are looked at together. */
    public void mistake(String sentence) {
        mistakes.add(sentence);
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigException with every mistake: malformed values, values that a section refused, names that nobody read
     */
    public void requireNoMistakes() {
        List<String> all = new ArrayList<>(mistakes);
        flags.values().forEach(given -> checkKnown(given, all));
        environment.values().forEach(given -> {
            List<String> variables =
                    read.keySet().stream().map(ConfigSource::variable).toList();
            if (!variables.contains(given.name())) {
                all.add("Unknown variable: " + given.name() + hint(given.name(), variables));
            }
        });
        file.values().forEach(given -> checkKnown(given, all));
        if (!all.isEmpty()) {
            throw new ConfigException(all);
        }
    }

    private void checkKnown(Setting given, List<String> all) {
        if (!read.containsKey(given.name())) {
            all.add("Unknown setting: " + given.name() + " (" + given.origin() + ")"
                    + hint(given.name(), read.keySet()));
        }
    }

    private static String hint(String name, Collection<String> known) {
        return NearestName.of(name, known)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }

    /** Returns what was read so far, with its values and where they came from. */
    public SettingsReport report() {
        return new SettingsReport(List.copyOf(read.values()));
    }

    /** Returns the variable that sets a name: {@code KNARR_ACCOUNT_CACHE_IDLE_TIMEOUT} for {@code account-cache.idle-timeout}. */
    public static String variable(String name) {
        return PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private <T> T value(String name, String defaultText, T defaultValue, Function<String, T> parser) {
        requireNonNull(name, "name is null");
        Setting given = flags.get(name);
        if (given == null) {
            given = environment.get(variable(name));
        }
        if (given == null) {
            given = file.get(name);
        }
        if (given == null) {
            read.put(name, new Setting(name, defaultText, Setting.DEFAULT));
            return defaultValue;
        }
        read.put(name, new Setting(name, given.value(), given.origin()));
        try {
            return parser.apply(given.value());
        } catch (IllegalArgumentException e) {
            mistakes.add(name + " must be " + e.getMessage() + ": \"" + given.value() + "\" (" + given.origin() + ")");
            return defaultValue;
        }
    }

    private static <T> T parseNumber(String text, Function<String, T> parser, String expected) {
        try {
            return parser.apply(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    private static String notEmpty(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a text that is not empty");
        }
        return text;
    }

    private static Path parsePath(String text) {
        try {
            return Path.of(notEmpty(text));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("a path", e);
        }
    }

    private static String choiceText(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
