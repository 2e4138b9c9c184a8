/** The Java client: channel, identity, deadlines, retries, typed calls. */
@NullMarked
package io.knarr.client;

import org.jspecify.annotations.NullMarked;
