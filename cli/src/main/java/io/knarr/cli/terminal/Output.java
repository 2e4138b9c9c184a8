package io.knarr.cli.terminal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Where a command's results go: standard output, for people or as JSON. Not thread-safe. */
public final class Output {
    private static final Gson JSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private final PrintWriter writer;
    private final boolean json;

    /** Writes to {@code writer}; as JSON if {@code json}. */
    public Output(PrintWriter writer, boolean json) {
        this.writer = writer;
        this.json = json;
    }

    /** Returns whether results are JSON. */
    public boolean isJson() {
        return json;
    }

    /** Returns an element as text on one line. */
    public static String text(JsonElement element) {
        return JSON.toJson(element);
    }

    /** Writes one line. */
    public void line(String text) {
        writer.println(text);
    }

    /** Writes a JSON document on one line. */
    public void line(JsonElement element) {
        writer.println(text(element));
    }

    /**
     * Writes one object: a document as JSON, else a line per name and value.
     *
     * @param object the values by name
     */
    public void object(JsonObject object) {
        if (json) {
            line(object);
            return;
        }
        int width = object.keySet().stream().mapToInt(String::length).max().orElse(0);
        object.entrySet().forEach(entry -> line(pad(entry.getKey(), width) + "  " + cell(entry.getValue())));
    }

    /**
     * Writes several objects: as JSON a line each, else a table with aligned columns.
     *
     * @param columns the table's columns, which are names in the objects
     * @param rows the objects
     */
    public void table(List<String> columns, List<JsonObject> rows) {
        if (json) {
            rows.forEach(this::line);
            return;
        }
        List<List<String>> cells = new ArrayList<>();
        cells.add(columns);
        for (JsonObject row : rows) {
            cells.add(columns.stream().map(column -> cell(row.get(column))).toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : cells) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(pad(line.get(i), widths[i])).append("  ");
            }
            line(text.toString().stripTrailing());
        }
    }

    private static String cell(@org.jspecify.annotations.Nullable JsonElement element) {
        if (element == null || element.isJsonNull()) {
            return "-";
        }
        return element.isJsonPrimitive() ? oneLine(element.getAsString()) : text(element);
    }

    /** Keeps what a record holds from moving the cursor or colouring the terminal. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    /** Returns whether the reader has gone away, as {@code head} does. */
    public boolean isBroken() {
        return writer.checkError();
    }

    /** Hands everything written to the reader. */
    public void flush() {
        writer.flush();
    }
}
