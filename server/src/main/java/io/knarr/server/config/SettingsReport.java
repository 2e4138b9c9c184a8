package io.knarr.server.config;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Every setting in force, with its value and where it came from: what an operator needs to know of a server that runs.
 *
 * @param settings by name
 */
public record SettingsReport(List<Setting> settings) {
    public SettingsReport {
        settings = settings.stream().sorted(Comparator.comparing(Setting::name)).toList();
    }

    /** Returns the settings as a table of three columns with a heading; no line end after the last row. */
    public String table() {
        int name = width("setting", Setting::name);
        int value = width("value", SettingsReport::shown);
        StringBuilder table = new StringBuilder();
        row(table, "setting", name, "value", value, "from");
        for (Setting setting : settings) {
            table.append('\n');
            row(table, setting.name(), name, shown(setting), value, setting.origin());
        }
        return table.toString();
    }

    private int width(String heading, Function<Setting, String> cell) {
        return settings.stream().map(cell).mapToInt(String::length).reduce(heading.length(), Math::max);
    }

    private static void row(
            StringBuilder table, String name, int nameWidth, String value, int valueWidth, String origin) {
        pad(table, name, nameWidth);
        pad(table, value, valueWidth);
        table.append(origin);
    }

    private static void pad(StringBuilder table, String cell, int width) {
        table.append(cell).repeat(' ', width - cell.length() + 2);
    }

    /** A value from the environment may hold anything; it must not draw its own rows. */
    private static String shown(Setting setting) {
        return setting.value().isEmpty() ? "-" : setting.value().replaceAll("\\p{Cntrl}", "?");
    }
}
