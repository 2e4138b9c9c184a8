package io.knarr.server.config;

import static java.util.Objects.requireNonNull;

/**
 * One setting in force.
 *
 * @param name the property's name, such as {@code grpc.port}
 * @param value its value as text; empty if there is none
 * @param origin where the value came from: {@code default}, a file and line, a variable of the environment, or a flag
 */
public record Setting(String name, String value, String origin) {
    /** The origin of a value that nobody gave. */
    public static final String DEFAULT = "default";

    public Setting {
        requireNonNull(name, "name is null");
        requireNonNull(value, "value is null");
        requireNonNull(origin, "origin is null");
    }
}
