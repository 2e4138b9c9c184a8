/** What can go wrong for a caller, and what the caller should do about it. */
@NullMarked
package io.knarr.server.error;

import org.jspecify.annotations.NullMarked;
