/** Values that every package shares; without dependencies. */
@NullMarked
package io.knarr.server.model;

import org.jspecify.annotations.NullMarked;
