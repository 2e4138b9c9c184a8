package io.knarr.server.http;

import java.io.IOException;
import java.io.OutputStream;

/** What the operator's port tells. Called on any thread, often; must be quick. */
public interface OperatorPages {
    /** Returns whether the process is any use: false asks for a restart. */
    boolean isAlive();

    /** Returns whether calls should be sent here now. */
    boolean isReady();

    /** Returns the content type of {@link #writeMetrics}. */
    String metricsContentType();

    /** Writes the metrics, and leaves the stream open. */
    void writeMetrics(OutputStream output) throws IOException;
}
