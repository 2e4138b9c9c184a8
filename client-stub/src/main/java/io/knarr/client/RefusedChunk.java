package io.knarr.client;

/**
 * A chunk of an ingest that was refused: none of its records was written.
 *
 * @param sequence its number, from 1
 * @param reason what is wrong; its {@link KnarrException#field} is a path within the chunk: {@code records[3].vectors["default"]}
 */
public record RefusedChunk(long sequence, KnarrException reason) {}
