/** What tests share. */
@NullMarked
package io.knarr.server.testing;

import org.jspecify.annotations.NullMarked;
