/** The durable store: the only users of org.rocksdb. */
@NullMarked
package io.knarr.server.store.rocksdb;

import org.jspecify.annotations.NullMarked;
