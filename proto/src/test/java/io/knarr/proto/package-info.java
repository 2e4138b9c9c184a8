/** Tests of the wire contract itself: that it stays compatible, and that it reads as one hand wrote it. */
@NullMarked
package io.knarr.proto;

import org.jspecify.annotations.NullMarked;
