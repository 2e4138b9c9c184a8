/** Calls to a server: the connection, what its failures mean, and many records at once. */
@NullMarked
package io.knarr.cli.call;

import org.jspecify.annotations.NullMarked;
