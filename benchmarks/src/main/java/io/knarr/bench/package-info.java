/** The benchmarks behind {@code ./knarr bench}. */
@NullMarked
package io.knarr.bench;

import org.jspecify.annotations.NullMarked;
