/** {@code ./knarr demo}: the whole story on real text, with its checks. */
@NullMarked
package io.knarr.cli.demo;

import org.jspecify.annotations.NullMarked;
