/** One handler per RPC, the mappers and interceptors: the only package that knows gRPC and protobuf. */
@NullMarked
package io.knarr.server.rpc;

import org.jspecify.annotations.NullMarked;
