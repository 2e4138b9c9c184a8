package io.knarr.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of the server, as the build wrote it down. */
final class ServerVersion {
    private ServerVersion() {}

    static String current() {
        Properties properties = new Properties();
        try (InputStream input = ServerVersion.class.getResourceAsStream("version.properties")) {
            if (input == null) {
                throw new IllegalStateException("version.properties is not in the jar");
            }
            properties.load(input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }
}
