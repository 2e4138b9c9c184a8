package io.knarr.server.model;

import java.time.Instant;
import java.util.UUID;

/**
 * One life of an account.
 *
 * @param id the caller's name of it
 * @param number the server's name of this life
 * @param incarnation the name of this life that callers see
 * @param createTime when this life began
 */
public record Account(AccountId id, AccountNumber number, UUID incarnation, Instant createTime) {}
