/** Brings accounts into memory and lets them go: the directory of accounts and the cache of their backends. */
@NullMarked
package io.knarr.server.account;

import org.jspecify.annotations.NullMarked;
