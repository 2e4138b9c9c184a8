package io.knarr.cli;

import java.math.BigDecimal;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time in seconds, decimals allowed. */
final class SecondsConverter implements ITypeConverter<Duration> {
    private static final long MAX_SECONDS = 86_400;

    @Override
    public Duration convert(String text) {
        try {
            BigDecimal seconds = new BigDecimal(text);
            if (seconds.signum() > 0 && seconds.compareTo(BigDecimal.valueOf(MAX_SECONDS)) <= 0) {
                return Duration.ofMillis(Math.max(1, seconds.movePointRight(3).longValue()));
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a number of seconds");
        }
        throw new TypeConversionException("'" + text + "' is not more than 0 and at most " + MAX_SECONDS + " seconds");
    }
}
