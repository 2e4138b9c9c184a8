package io.knarr.server.engine.kernel;

/** A distance kernel of one vector width; see {@link VectorLoops}. */
abstract non-sealed class SimdKernel implements DistanceKernel {}
