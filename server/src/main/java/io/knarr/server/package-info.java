/** Puts the parts of the server together, starts and stops them in order. */
@NullMarked
package io.knarr.server;

import org.jspecify.annotations.NullMarked;
