package io.knarr.server.account;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The directory of accounts as bytes, in the server's own part of the table {@code CATALOG}. All numbers are big-endian.
 *
 * <pre>
 * key    01                          the high-water mark of account numbers
 * value  version [u8] = 1
 *        next    [i64]               every number in use is below this; 1 or more
 *        crc     [u32]               CRC-32C of the key, then of the value before this
 *
 * key    02, account id [1..64 ASCII] an account that lives
 * value  version     [u8] = 1
 *        number      [i64]           1 or more
 *        incarnation [2 x i64]       a UUID, most significant bits first
 *        created     [i64, i32]      seconds since 1970-01-01T00:00:00Z, nanoseconds
 *        crc         [u32]           CRC-32C of the key, then of the value before this
 * </pre>
 *
 * The checksum covers the key, so that a value that strayed to another key is noticed. First bytes of keys other than {@code 01} and
 * {@code 02} are free for others.
 */
final class AccountRecords {
    private static final byte VERSION = 1;
    private static final byte NEXT_NUMBER = 1;
    private static final byte ACCOUNT = 2;
    private static final int NEXT_NUMBER_BYTES = 1 + 8 + 4;
    private static final int ACCOUNT_BYTES = 1 + 8 + 16 + 12 + 4;

    private AccountRecords() {}

    static byte[] nextNumberKey() {
        return new byte[] {NEXT_NUMBER};
    }

    static byte[] accountKey(AccountId id) {
        return prefixedKey(id.value().getBytes(US_ASCII));
    }

    /** Returns the range of the accounts whose ids start with {@code prefix}, in the order of their ids. */
    static KeyRange accountsStartingWith(String prefix) {
        return KeyRange.startingWith(prefixedKey(prefix.getBytes(UTF_8)));
    }

    private static byte[] prefixedKey(byte[] suffix) {
        return ByteBuffer.allocate(1 + suffix.length).put(ACCOUNT).put(suffix).array();
    }

    static byte[] encodeNextNumber(long next) {
        ByteBuffer value = ByteBuffer.allocate(NEXT_NUMBER_BYTES).put(VERSION).putLong(next);
        return withChecksum(nextNumberKey(), value);
    }

    /** @throws StoreException CORRUPT */
    static long decodeNextNumber(byte[] bytes) {
        long next = checked(nextNumberKey(), bytes, NEXT_NUMBER_BYTES).getLong();
        if (next < 1) {
            throw corrupt(null);
        }
        return next;
    }

    static byte[] encode(Account account) {
        Instant created = account.createTime();
        ByteBuffer value = ByteBuffer.allocate(ACCOUNT_BYTES)
                .put(VERSION)
                .putLong(account.number().value())
                .putLong(account.incarnation().getMostSignificantBits())
                .putLong(account.incarnation().getLeastSignificantBits())
                .putLong(created.getEpochSecond())
                .putInt(created.getNano());
        return withChecksum(accountKey(account.id()), value);
    }

    /** @throws StoreException CORRUPT */
    static Account decode(byte[] key, byte[] bytes) {
        ByteBuffer value = checked(key, bytes, ACCOUNT_BYTES);
        try {
            AccountId id = new AccountId(new String(key, 1, key.length - 1, UTF_8));
            AccountNumber number = new AccountNumber(value.getLong());
            UUID incarnation = new UUID(value.getLong(), value.getLong());
            return new Account(id, number, incarnation, Instant.ofEpochSecond(value.getLong(), value.getInt()));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw corrupt(e);
        }
    }

    private static byte[] withChecksum(byte[] key, ByteBuffer value) {
        int length = value.position();
        byte[] bytes = new byte[length + 4];
        value.flip().get(bytes, 0, length);
        ByteBuffer.wrap(bytes).putInt(length, checksum(key, bytes, length));
        return bytes;
    }

    private static ByteBuffer checked(byte[] key, byte[] bytes, int length) {
        // The store's own format version keeps out data of newer servers, so another version here is damage.
        if (bytes.length != length || bytes[0] != VERSION) {
            throw corrupt(null);
        }
        ByteBuffer value = ByteBuffer.wrap(bytes);
        if (value.getInt(length - 4) != checksum(key, bytes, length - 4)) {
            throw corrupt(null);
        }
        return value.position(1);
    }

    private static int checksum(byte[] key, byte[] value, int length) {
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(value, 0, length);
        return (int) crc.getValue();
    }

    private static StoreException corrupt(@Nullable Throwable cause) {
        return new StoreException(
                StoreException.Kind.CORRUPT, "A record of the directory of accounts is damaged", cause);
    }
}
