/** Metric names and the listeners that feed them. */
@NullMarked
package io.knarr.server.telemetry;

import org.jspecify.annotations.NullMarked;
