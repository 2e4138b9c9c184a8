/** Tests of the file formats. */
@NullMarked
package io.knarr.cli.format;

import org.jspecify.annotations.NullMarked;
