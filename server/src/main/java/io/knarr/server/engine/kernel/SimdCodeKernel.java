package io.knarr.server.engine.kernel;

/** A code kernel of one vector width; see {@link VectorLoops}. */
abstract non-sealed class SimdCodeKernel implements CodeKernel {}
