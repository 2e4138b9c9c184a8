package io.knarr.server.config;

import java.util.List;

/** The settings are wrong; says everything that is wrong with them. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    // An ArrayList is; the exception stays serializable.
    @SuppressWarnings("serial") // List.copyOf makes a serializable list
    private final List<String> mistakes;

    /** Creates a failure with one sentence per mistake, at least one. */
    public ConfigException(List<String> mistakes) {
        super(String.join("\n", mistakes));
        this.mistakes = List.copyOf(mistakes);
        if (this.mistakes.isEmpty()) {
            throw new IllegalArgumentException("A configuration without a mistake is no failure");
        }
    }

    /** Returns the mistakes, in the order they were found. */
    public List<String> mistakes() {
        return mistakes;
    }
}
