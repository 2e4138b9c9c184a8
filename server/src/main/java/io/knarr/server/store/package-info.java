/** The port to durable bytes. */
@NullMarked
package io.knarr.server.store;

import org.jspecify.annotations.NullMarked;
