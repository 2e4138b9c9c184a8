package io.knarr.server.model;

/**
 * What became of one record of an upsert.
 *
 * @param id the record's id, made by the server if none was given
 * @param version the version written
 * @param created whether there was no record of this id before the call
 */
public record UpsertOutcome(RecordId id, long version, boolean created) {}
