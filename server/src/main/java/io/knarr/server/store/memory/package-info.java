/** The volatile store, for tests and throw-away servers. */
@NullMarked
package io.knarr.server.store.memory;

import org.jspecify.annotations.NullMarked;
