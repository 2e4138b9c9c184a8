/** Nearest neighbours over dense row numbers; knows the JDK only. */
@NullMarked
package io.knarr.server.engine;

import org.jspecify.annotations.NullMarked;
