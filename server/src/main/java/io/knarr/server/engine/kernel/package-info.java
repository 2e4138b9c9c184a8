/** Distances between vectors: the only users of the Vector API. */
@NullMarked
package io.knarr.server.engine.kernel;

import org.jspecify.annotations.NullMarked;
