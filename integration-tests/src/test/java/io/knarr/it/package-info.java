/** The server from outside: child processes, real gRPC, killed, cut off and lied to. */
@NullMarked
package io.knarr.it;

import org.jspecify.annotations.NullMarked;
