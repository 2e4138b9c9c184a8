package io.knarr.server.model;

import java.time.Duration;
import java.util.Optional;

/**
 * What the default time to live of a collection becomes, for records that are written from then on.
 *
 * @param after the time to live; positive, whole microseconds; empty where records live for ever
 */
public record TtlChange(Optional<Duration> after) {}
