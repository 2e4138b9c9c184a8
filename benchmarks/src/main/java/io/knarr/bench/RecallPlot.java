package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Draws recall against queries per second as SVG: speed on a logarithmic axis, recall on an axis on which halving what is missed is the
 * same step everywhere. Up and to the right is better.
 */
final class RecallPlot {
    /**
     * One line of the picture.
     *
     * @param label what the legend calls it
     * @param own whether it is ours, and drawn heavier
     * @param curve its points
     */
    record Line(String label, boolean own, Curve curve) {}

    private static final int WIDTH = 950;
    private static final int HEIGHT = 560;
    private static final int LEFT = 78;
    private static final int RIGHT = 250;
    private static final int TOP = 74;
    private static final int BOTTOM = 62;
    private static final double WORST = 0.7; // recall at the left edge
    private static final double BEST = 0.9995; // and at the right one
    private static final double[] RECALLS = {0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999};
    private static final List<String> OWN_COLOURS = List.of("#c2185b", "#6a1b9a", "#ad5a7a");
    private static final List<String> COLOURS =
            List.of("#0072b2", "#009e73", "#e69f00", "#56b4e9", "#d55e00", "#7f7f7f", "#8c6d31", "#17becf", "#3f51b5");
    private static final double LEGEND_RECALL = 0.95;
    private static final int LEGEND_STEP = 24;

    private final StringBuilder svg = new StringBuilder();
    private final List<Line> lines;
    private final double lowest;
    private final double highest;

    private RecallPlot(List<Line> lines) {
        this.lines = lines;
        double[] speeds = lines.stream()
                .flatMap(line -> shown(line).stream())
                .mapToDouble(Curve.Point::qpsCpu)
                .sorted()
                .toArray();
        this.lowest = speeds.length == 0 ? 1 : roundedDown(speeds[0] / 1.15);
        this.highest = speeds.length == 0 ? 10 : speeds[speeds.length - 1] * 1.25;
    }

    /** Writes the picture. Lines without a point in the range of the axes are left out. */
    static void write(Path path, String title, String subtitle, List<Line> lines) throws IOException {
        Files.writeString(path, draw(title, subtitle, lines), UTF_8);
    }

    static String draw(String title, String subtitle, List<Line> lines) {
        List<Line> visible = new ArrayList<>(
                lines.stream().filter(line -> !shown(line).isEmpty()).toList());
        visible.sort(Comparator.comparingDouble(
                (Line line) -> -line.curve().qpsAt(LEGEND_RECALL).orElse(0)));
        return new RecallPlot(visible).picture(title, subtitle);
    }

    private static List<Curve.Point> shown(Line line) {
        return line.curve().front().stream()
                .filter(point -> point.recall() >= WORST)
                .toList();
    }

    /** Rounds down to 1, 2 or 5 times a power of ten. */
    private static double roundedDown(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        double digit = value / power;
        return power * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
    }

    private String picture(String title, String subtitle) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
        add(" font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\" font-size=\"13\" fill=\"#333\">\n");
        // A card of its own, since a page may be dark.
        add("<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
        add(
                "<text x=\"%d\" y=\"30\" font-size=\"18\" font-weight=\"600\" fill=\"#111\">%s</text>\n",
                LEFT, escaped(title));
        add("<text x=\"%d\" y=\"52\" fill=\"#666\">%s</text>\n", LEFT, escaped(subtitle));
        axes();
        int own = 0;
        int others = 0;
        List<String> colours = new ArrayList<>();
        for (Line line : lines) {
            colours.add(
                    line.own() ? OWN_COLOURS.get(own++ % OWN_COLOURS.size()) : COLOURS.get(others++ % COLOURS.size()));
        }
        // Ours last, so that they lie above the others.
        for (boolean ours : new boolean[] {false, true}) {
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).own() == ours) {
                    curve(lines.get(i), colours.get(i));
                }
            }
        }
        legend(colours);
        add("</svg>\n");
        return svg.toString();
    }

    private void axes() {
        for (double recall : RECALLS) {
            double x = x(recall);
            add("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#e4e4e4\"/>\n", x, TOP, x, HEIGHT - BOTTOM);
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%s</text>\n",
                    x, HEIGHT - BOTTOM + 20, number(recall));
        }
        for (double power = Math.pow(10, Math.floor(Math.log10(lowest))); power <= highest; power *= 10) {
            for (int digit : new int[] {1, 2, 5}) {
                double speed = power * digit;
                if (speed >= lowest * 0.999 && speed <= highest) {
                    double y = y(speed);
                    add(
                            "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>\n",
                            LEFT, y, WIDTH - RIGHT, y, digit == 1 ? "#cfcfcf" : "#eeeeee");
                    add(
                            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555\">%,.0f</text>\n",
                            LEFT - 8, y + 4.5, speed);
                }
            }
        }
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">recall; what is missed, on a logarithmic scale</text>\n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16);
        int middle = (TOP + HEIGHT - BOTTOM) / 2;
        add(
                "<text x=\"20\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 20 %d)\">queries per second of one core, logarithmic</text>\n",
                middle, middle);
    }

    private void curve(Line line, String colour) {
        List<Curve.Point> points = shown(line);
        StringBuilder path = new StringBuilder();
        for (Curve.Point point : points) {
            path.append(path.isEmpty() ? "M" : "L")
                    .append(String.format(Locale.ROOT, "%.1f %.1f", x(point.recall()), y(point.qpsCpu())));
        }
        add(
                "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\"/>\n",
                path, colour, line.own() ? "3.2" : "1.8");
        for (Curve.Point point : points) {
            add(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\"><title>%s: %d, recall %.4f, %,.0f per second</title></circle>\n",
                    x(point.recall()),
                    y(point.qpsCpu()),
                    line.own() ? "4.2" : "2.8",
                    colour,
                    escaped(line.label()),
                    point.parameter(),
                    point.recall(),
                    point.qpsCpu());
        }
    }

    /** Names the lines from the fastest at recall .95 down, with their speed there. */
    private void legend(List<String> colours) {
        int x = WIDTH - RIGHT + 24;
        int y = TOP + 8;
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" font-size=\"11\" fill=\"#777\">per second at .95</text>\n",
                WIDTH - 16, y - 8);
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            int at = y + 12 + i * LEGEND_STEP;
            add(
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%s\"/>\n",
                    x, at, x + 22, at, colours.get(i), line.own() ? "3.6" : "2.2");
            add(
                    "<text x=\"%d\" y=\"%d\"%s>%s</text>\n",
                    x + 30, at + 4, line.own() ? " font-weight=\"600\" fill=\"#111\"" : "", escaped(line.label()));
            String speed = line.curve().qpsAt(LEGEND_RECALL).isPresent()
                    ? String.format(
                            Locale.ROOT,
                            "%,.0f",
                            line.curve().qpsAt(LEGEND_RECALL).getAsDouble())
                    : "–";
            add("<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#555\">%s</text>\n", WIDTH - 16, at + 4, speed);
        }
    }

    private static double x(double recall) {
        double from = -Math.log(1 - WORST);
        double to = -Math.log(1 - BEST);
        return LEFT + (WIDTH - RIGHT - LEFT) * (-Math.log(1 - Math.min(recall, BEST)) - from) / (to - from);
    }

    private double y(double speed) {
        double share = Math.log(speed / lowest) / Math.log(highest / lowest);
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
    }

    private static String number(double recall) {
        String text = Double.toString(recall);
        return text.startsWith("0.") ? text.substring(1) : text;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @FormatMethod
    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
