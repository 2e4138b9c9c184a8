/** One account's collections: keeps the durable records and the index in memory in step. */
@NullMarked
package io.knarr.server.index;

import org.jspecify.annotations.NullMarked;
