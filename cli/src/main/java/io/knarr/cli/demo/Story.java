package io.knarr.cli.demo;

import com.google.gson.JsonObject;
import io.knarr.cli.terminal.Output;
import java.util.Locale;

/** Tells the demo as it goes: what each step shows, how long it took, and which checks held. Not thread-safe. */
final class Story {
    private final Output output;
    private final JsonObject timings = new JsonObject();
    private final JsonObject checks = new JsonObject();
    private int steps;
    private long stepStartNanos;
    private String stepName = "";
    private boolean allHeld = true;

    Story(Output output) {
        this.output = output;
    }

    /** Begins a step. */
    void begin(String name, String whatItShows) {
        steps++;
        stepName = name;
        stepStartNanos = System.nanoTime();
        if (!output.isJson()) {
            output.line("");
            output.line("%d. %s".formatted(steps, whatItShows));
            output.flush();
        }
    }

    /** Says something within the step. */
    void say(String text) {
        if (!output.isJson()) {
            output.line("   " + text);
            output.flush();
        }
    }

    /** Says something within the step that a program should see too. */
    void tell(String text) {
        if (!output.isJson()) {
            say(text);
            return;
        }
        JsonObject json = new JsonObject();
        json.addProperty("step", stepName);
        json.addProperty("note", text);
        output.line(json);
    }

    /** Shows an answer. */
    void show(Answer answer) {
        if (output.isJson()) {
            JsonObject json = answer.json();
            json.addProperty("step", stepName);
            output.line(json);
            return;
        }
        say((answer.isAsExpected() ? "  " : "? ") + answer.question().text());
        for (Answer.Hit hit : answer.hits()) {
            say(String.format(Locale.ROOT, "      %.3f  %s: %s", hit.score(), hit.word(), shortened(hit.meaning())));
        }
    }

    private static String shortened(String text) {
        int room = 80;
        return text.length() <= room ? text : text.substring(0, room) + "...";
    }

    /** Says what must be true, and whether it is. */
    void check(String name, String sentence, boolean holds) {
        checks.addProperty(name, holds);
        allHeld &= holds;
        say((holds ? "yes  " : "NO   ") + sentence);
    }

    /** Ends the step and returns its time in milliseconds. */
    double end() {
        double millis = millisSince(stepStartNanos);
        timings.addProperty(stepName + "_ms", millis);
        if (output.isJson()) {
            JsonObject json = new JsonObject();
            json.addProperty("step", stepName);
            json.addProperty("ms", millis);
            output.line(json);
            output.flush();
        } else {
            say(String.format(Locale.ROOT, "(%,.0f ms)", millis));
        }
        return millis;
    }

    static double millisSince(long nanos) {
        return Math.round((System.nanoTime() - nanos) / 1e3) / 1e3;
    }

    /** Returns whether every check held. */
    boolean allHeld() {
        return allHeld;
    }

    JsonObject timings() {
        return timings;
    }

    JsonObject checks() {
        return checks;
    }
}
