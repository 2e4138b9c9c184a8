/** Tests of the filter expressions. */
@NullMarked
package io.knarr.cli.filter;

import org.jspecify.annotations.NullMarked;
