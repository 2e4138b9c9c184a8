package io.knarr.server.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a file of settings: UTF-8, one {@code name = value} per line, blanks around both dropped, empty lines and lines that start with
 * {@code #} skipped. No escapes and no continued lines, so that a path on any system is written as it is.
 */
final class ConfigFile {
    private static final long MAX_BYTES = 1 << 20;

    private ConfigFile() {}

    /** Returns the settings of a file by name; what is wrong with it goes to {@code mistakes}. */
    static Map<String, Setting> read(Path file, List<String> mistakes) {
        Map<String, Setting> settings = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines(file, mistakes)) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            String origin = file.getFileName() + ":" + number;
            int equals = text.indexOf('=');
            if (equals < 1) {
                mistakes.add(origin + ": a line must be \"name = value\", or start with #");
                continue;
            }
            String name = text.substring(0, equals).strip();
            Setting earlier = settings.putIfAbsent(
                    name, new Setting(name, text.substring(equals + 1).strip(), origin));
            if (earlier != null) {
                mistakes.add(origin + ": " + name + " was set before, at " + earlier.origin());
            }
        }
        return settings;
    }

    private static List<String> lines(Path file, List<String> mistakes) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                mistakes.add("The settings file is larger than 1 MiB: " + file);
                return List.of();
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException _) {
            mistakes.add("The settings file does not exist: " + file);
        } catch (CharacterCodingException _) {
            mistakes.add("The settings file is not UTF-8: " + file);
        } catch (IOException e) {
            mistakes.add("The settings file cannot be read: " + file + " (" + e.getMessage() + ")");
        }
        return List.of();
    }
}
