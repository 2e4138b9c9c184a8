/** Turns properties from files, the environment and flags into typed settings, and complains well. */
@NullMarked
package io.knarr.server.config;

import org.jspecify.annotations.NullMarked;
