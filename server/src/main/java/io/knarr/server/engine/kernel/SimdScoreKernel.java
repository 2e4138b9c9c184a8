package io.knarr.server.engine.kernel;

/** A score kernel of one vector width; see {@link VectorLoops}. */
abstract non-sealed class SimdScoreKernel implements ScoreKernel {}
