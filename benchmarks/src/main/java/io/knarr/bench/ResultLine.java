package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The last line of a bench: {@code RESULT} and one JSON object. Keys are described in docs/BENCHMARKS.md and stay stable. */
final class ResultLine {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    private static final MathContext DIGITS = new MathContext(6);

    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    ResultLine(String bench) {
        values.put("bench", bench);
    }

    ResultLine put(String key, long value) {
        values.put(key, value);
        return this;
    }

    /** Puts a number with six significant digits. */
    ResultLine put(String key, double value) {
        values.put(key, Double.isFinite(value) ? new BigDecimal(value).round(DIGITS) : null);
        return this;
    }

    ResultLine put(String key, @Nullable String value) {
        values.put(key, value);
        return this;
    }

    ResultLine put(String key, OptionalLong value) {
        values.put(key, value.isPresent() ? value.getAsLong() : null);
        return this;
    }

    ResultLine put(String key, Map<String, Long> value) {
        values.put(key, value);
        return this;
    }

    /** Puts a list, a map or what else becomes JSON; its numbers are rounded by whoever made it. */
    ResultLine putValue(String key, @Nullable Object value) {
        values.put(key, value);
        return this;
    }

    /** Returns a finite number with six significant digits. */
    static Double rounded(double value) {
        return new BigDecimal(value).round(DIGITS).doubleValue();
    }

    /** Adds where and on what the figures were measured. */
    ResultLine putMachine() {
        return put("cpu", cpu())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("java", Runtime.version().toString())
                .put("commit", commit())
                .put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    void print(PrintStream out) {
        out.println("RESULT " + GSON.toJson(values));
        out.flush();
    }

    private static @Nullable String cpu() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo"), UTF_8).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null; // no Linux: the figure stands without it
        }
    }

    private static @Nullable String commit() {
        try {
            Process git = new ProcessBuilder("git", "rev-parse", "--short=12", "HEAD")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!git.waitFor(5, TimeUnit.SECONDS) || git.exitValue() != 0) {
                git.destroyForcibly();
                return null;
            }
            return new String(git.getInputStream().readNBytes(100), UTF_8).trim();
        } catch (IOException e) {
            return null; // no git here
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
