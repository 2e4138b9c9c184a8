package io.knarr.client;

import java.time.Instant;
import java.util.UUID;

/**
 * One account.
 *
 * @param id its id
 * @param incarnation tells this life of the account from earlier and later ones of the same id
 * @param createTime when this life began
 */
public record AccountInfo(String id, UUID incarnation, Instant createTime) {}
