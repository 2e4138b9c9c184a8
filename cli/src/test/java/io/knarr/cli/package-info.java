/** Tests of the command line. */
@NullMarked
package io.knarr.cli;

import org.jspecify.annotations.NullMarked;
