package io.knarr.server.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a duration is written in a setting: {@code 250ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 1d}. */
final class DurationText {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,12})\\s*(ms|s|m|h|d)");

    // From large to small: a duration is written in the largest unit that needs no fraction.
    private static final Map<String, ChronoUnit> UNITS = new LinkedHashMap<>();

    static {
        UNITS.put("d", ChronoUnit.DAYS);
        UNITS.put("h", ChronoUnit.HOURS);
        UNITS.put("m", ChronoUnit.MINUTES);
        UNITS.put("s", ChronoUnit.SECONDS);
        UNITS.put("ms", ChronoUnit.MILLIS);
    }

    private DurationText() {}

    static Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a duration such as 250ms, 10s, 5m, 2h or 1d");
        }
        ChronoUnit unit = UNITS.get(matcher.group(2));
        if (unit == null) {
            throw new IllegalStateException("Unit without a length: " + matcher.group(2));
        }
        return Duration.of(Long.parseLong(matcher.group(1)), unit);
    }

    static String print(Duration duration) {
        for (Map.Entry<String, ChronoUnit> unit : UNITS.entrySet()) {
            Duration one = unit.getValue().getDuration();
            long count = duration.dividedBy(one);
            if (count > 0 && one.multipliedBy(count).equals(duration)) {
                return count + unit.getKey();
            }
        }
        return duration.toMillis() + "ms";
    }
}
