/** The operator's HTTP port: liveness, readiness, metrics. */
@NullMarked
package io.knarr.server.http;

import org.jspecify.annotations.NullMarked;
