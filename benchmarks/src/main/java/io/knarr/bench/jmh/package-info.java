/** Micro-benchmarks of single parts, run by JMH. */
@NullMarked
package io.knarr.bench.jmh;

import org.jspecify.annotations.NullMarked;
