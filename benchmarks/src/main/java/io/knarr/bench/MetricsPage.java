package io.knarr.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** One reading of a server's metrics, in the Prometheus text format. */
public final class MetricsPage {
    private record Sample(String name, String labels, double value) {}

    private final List<Sample> samples;

    private MetricsPage(List<Sample> samples) {
        this.samples = List.copyOf(samples);
    }

    /** Reads a page. Lines that are no samples are passed over. */
    public static MetricsPage parse(String text) {
        List<Sample> samples = new ArrayList<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int brace = line.indexOf('{');
            int labelsEnd = brace < 0 ? -1 : line.lastIndexOf('}');
            int valueStart = line.indexOf(' ', Math.max(labelsEnd, 0));
            if (valueStart < 0) {
                return;
            }
            String name = line.substring(0, brace < 0 ? valueStart : brace);
            String labels = brace < 0 || labelsEnd < brace ? "" : line.substring(brace + 1, labelsEnd);
            String value = line.substring(valueStart + 1).trim();
            int timestamp = value.indexOf(' ');
            number(timestamp < 0 ? value : value.substring(0, timestamp))
                    .ifPresent(number -> samples.add(new Sample(name, labels, number)));
        });
        return new MetricsPage(samples);
    }

    private static OptionalDouble number(String text) {
        return switch (text) {
            case "NaN" -> OptionalDouble.of(Double.NaN);
            case "+Inf" -> OptionalDouble.of(Double.POSITIVE_INFINITY);
            case "-Inf" -> OptionalDouble.of(Double.NEGATIVE_INFINITY);
            default -> {
                try {
                    yield OptionalDouble.of(Double.parseDouble(text));
                } catch (NumberFormatException e) {
                    yield OptionalDouble.empty();
                }
            }
        };
    }

    /**
     * Returns the sum of the samples of that name whose labels contain every one of {@code labels}, each written as on the page:
     * {@code area="heap"}. Empty when there is none.
     */
    public OptionalDouble sum(String name, String... labels) {
        double sum = 0;
        boolean found = false;
        for (Sample sample : samples) {
            if (sample.name.equals(name) && List.of(labels).stream().allMatch(sample.labels::contains)) {
                sum += sample.value;
                found = true;
            }
        }
        return found ? OptionalDouble.of(sum) : OptionalDouble.empty();
    }
}
