package io.knarr.it;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonStreamParser;
import java.util.ArrayList;
import java.util.List;

/** Compares what a program printed with what a page says it prints. Text {@code "..."} in a page's JSON, and {@code ...} in its text, stand for anything; as a name, for other fields. */
final class PrintedOutput {
    private static final String ANYTHING = "...";

    private PrintedOutput() {}

    static boolean matches(CallPage.Block expected, String printed) {
        if (expected.language().equals("json")) {
            List<JsonElement> wanted = documents(expected.text());
            List<JsonElement> actual = documents(printed);
            return same(array(wanted), array(actual));
        }
        List<String> wanted = expected.text().strip().lines().toList();
        List<String> actual = printed.strip().lines().toList();
        if (wanted.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (!sameLine(wanted.get(i), actual.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameLine(String wanted, String actual) {
        int gap = wanted.indexOf(ANYTHING);
        if (gap < 0) {
            return wanted.stripTrailing().equals(actual.stripTrailing());
        }
        String before = wanted.substring(0, gap);
        String after = wanted.substring(gap + ANYTHING.length());
        return actual.length() >= before.length() + after.length()
                && actual.startsWith(before)
                && actual.endsWith(after);
    }

    private static JsonArray array(List<JsonElement> elements) {
        JsonArray array = new JsonArray();
        elements.forEach(array::add);
        return array;
    }

    private static List<JsonElement> documents(String text) {
        List<JsonElement> documents = new ArrayList<>();
        new JsonStreamParser(text).forEachRemaining(documents::add);
        return documents;
    }

    private static boolean same(JsonElement wanted, JsonElement actual) {
        if (wanted.isJsonPrimitive() && wanted.getAsString().equals(ANYTHING)) {
            return true;
        }
        if (wanted.isJsonObject() && actual.isJsonObject()) {
            return sameFields(wanted.getAsJsonObject(), actual.getAsJsonObject());
        }
        if (wanted.isJsonArray() && actual.isJsonArray()) {
            return sameElements(wanted.getAsJsonArray(), actual.getAsJsonArray());
        }
        return wanted.equals(actual);
    }

    private static boolean sameFields(JsonObject wanted, JsonObject actual) {
        boolean andOthers = wanted.has(ANYTHING);
        return (andOthers || wanted.keySet().equals(actual.keySet()))
                && wanted.keySet().stream()
                        .filter(key -> !key.equals(ANYTHING))
                        .allMatch(key -> actual.has(key) && same(wanted.get(key), actual.get(key)));
    }

    private static boolean sameElements(JsonArray wanted, JsonArray actual) {
        if (wanted.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (!same(wanted.get(i), actual.get(i))) {
                return false;
            }
        }
        return true;
    }
}
