package io.knarr.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much the server says of what it does. */
public enum LogLevel {
    /** What somebody must act on. */
    ERROR,
    /** Also what may become that. */
    WARN,
    /** Also starts, stops and other rare events. */
    INFO,
    /** Also single steps. */
    DEBUG,
    /** Everything. */
    TRACE;

    /** Makes this the level of the process. Does nothing where an embedding program logs by something else than logback. */
    void apply() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(name()));
        }
    }
}
