package io.knarr.server.engine.kernel;

/** A sign kernel of one vector width and one way to count bits; see {@link VectorLoops}. */
abstract non-sealed class SimdSignKernel implements SignKernel {}
