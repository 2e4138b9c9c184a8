/** The file formats that records are imported from and exported to. */
@NullMarked
package io.knarr.cli.format;

import org.jspecify.annotations.NullMarked;
