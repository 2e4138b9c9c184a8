package io.knarr.server.engine.kernel;

/** A transform kernel of one vector width; see {@link VectorLoops}. */
abstract non-sealed class SimdTransformKernel implements TransformKernel {}
