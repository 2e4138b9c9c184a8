package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.model.RecordId;
import io.knarr.server.store.KeyRange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * The keys an account's index uses in its view of the store. They are stored, so they never change.
 *
 * <pre>
 * CATALOG   "c" name            one collection, see CollectionCodec
 * CATALOG   "n"                 the next collection number: int32 big-endian
 * CATALOG   "s" number        the last write of a collection, its sequence: int64 big-endian; number: int32 big-endian
 * CATALOG   "l" number        the lineage of a collection's journal: int64 big-endian; may be missing or old, see Journal
 * RECORDS   number id           one record; number: int32 big-endian, id: the sort key of RecordId; see RecordCodec
 * OPERATIONS number "e" time id   a record that expires then, see ExpiryNote; time as below
 * OPERATIONS number "r" request   what a write that has a name was answered; request: a UUID, 16 bytes; see StoredAnswer
 * OPERATIONS number "q" time request  when that was: microseconds since 1970, int64 big-endian with its sign bit turned over
 * OPERATIONS number "i" ingest    how far an ingest has come; ingest: a UUID, 16 bytes; see StoredIngest
 * OPERATIONS number "t" time ingest  when its last chunk was dealt with; time as above
 * SNAPSHOTS "j" number sequence what the commit that led to that sequence touched, see Journal; int32, int64 big-endian
 * </pre>
 */
final class IndexKeys {
    private static final byte[] COLLECTION_PREFIX = {'c'};
    private static final byte[] NEXT_NUMBER = {'n'};
    private static final byte EXPIRY = 'e';
    private static final byte ANSWER = 'r';
    private static final byte ANSWER_TIME = 'q';
    private static final byte INGEST = 'i';
    private static final byte INGEST_TIME = 't';
    private static final int UUID_BYTES = 16;

    /** Where the time ends in the keys that have one. */
    private static final int TIME_END = Integer.BYTES + 1 + Long.BYTES;

    private static final int JOURNAL_KEY_BYTES = 1 + Integer.BYTES + Long.BYTES;

    private IndexKeys() {}

    static byte[] collection(String name) {
        byte[] utf8 = name.getBytes(UTF_8);
        return ByteBuffer.allocate(1 + utf8.length)
                .put(COLLECTION_PREFIX)
                .put(utf8)
                .array();
    }

    static KeyRange collections() {
        return KeyRange.startingWith(COLLECTION_PREFIX);
    }

    static String collectionName(byte[] key) {
        return new String(key, 1, key.length - 1, UTF_8);
    }

    static byte[] nextNumber() {
        return NEXT_NUMBER.clone();
    }

    static byte[] sequence(int collectionNumber) {
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put((byte) 's')
                .putInt(collectionNumber)
                .array();
    }

    static byte[] lineage(int collectionNumber) {
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put((byte) 'l')
                .putInt(collectionNumber)
                .array();
    }

    static byte[] record(int collectionNumber, RecordId id) {
        byte[] sortKey = id.toSortKey();
        return ByteBuffer.allocate(Integer.BYTES + sortKey.length)
                .putInt(collectionNumber)
                .put(sortKey)
                .array();
    }

    static KeyRange records(int collectionNumber) {
        return KeyRange.startingWith(
                ByteBuffer.allocate(Integer.BYTES).putInt(collectionNumber).array());
    }

    static byte[] journal(int collectionNumber, long sequence) {
        return ByteBuffer.allocate(JOURNAL_KEY_BYTES)
                .put((byte) 'j')
                .putInt(collectionNumber)
                .putLong(sequence)
                .array();
    }

    static KeyRange journal(int collectionNumber) {
        return KeyRange.startingWith(Arrays.copyOf(journal(collectionNumber, 0), 1 + Integer.BYTES));
    }

    /** Returns the journal's entries up to and including a sequence. */
    static KeyRange journalUpTo(int collectionNumber, long sequence) {
        return journal(collectionNumber).before(journal(collectionNumber, sequence + 1));
    }

    /** Returns the sequence in a journal's key. @throws CorruptBytesException if there is none */
    static long journalSequence(byte[] key) {
        if (key.length != JOURNAL_KEY_BYTES) {
            throw new CorruptBytesException("Key of a journal has another length");
        }
        return ByteBuffer.wrap(key).getLong(1 + Integer.BYTES);
    }

    /** Returns all keys of a collection's operations. */
    static KeyRange operations(int collectionNumber) {
        return KeyRange.startingWith(
                ByteBuffer.allocate(Integer.BYTES).putInt(collectionNumber).array());
    }

    static byte[] expiry(int collectionNumber, long micros, RecordId id) {
        byte[] sortKey = id.toSortKey();
        return ByteBuffer.allocate(TIME_END + sortKey.length)
                .putInt(collectionNumber)
                .put(EXPIRY)
                .putLong(micros ^ Long.MIN_VALUE)
                .put(sortKey)
                .array();
    }

    /** Returns all that is noted of a collection's records that expire, in the order of their times. */
    static KeyRange expiries(int collectionNumber) {
        return timed(collectionNumber, EXPIRY);
    }

    /** Returns the times of all answers, in their order. */
    static KeyRange answerTimes(int collectionNumber) {
        return timed(collectionNumber, ANSWER_TIME);
    }

    private static KeyRange timed(int collectionNumber, byte kind) {
        return KeyRange.startingWith(ByteBuffer.allocate(Integer.BYTES + 1)
                .putInt(collectionNumber)
                .put(kind)
                .array());
    }

    /** Returns the time in a key that has one. @throws CorruptBytesException if it has none */
    static long timeOf(byte[] key) {
        if (key.length <= TIME_END) {
            throw new CorruptBytesException("Key of an operation is too short for its time");
        }
        return ByteBuffer.wrap(key).getLong(Integer.BYTES + 1) ^ Long.MIN_VALUE;
    }

    /** Returns the id in the key of a record that expires. @throws CorruptBytesException if there is none */
    static RecordId expiringId(byte[] key) {
        try {
            return RecordId.fromSortKey(Arrays.copyOfRange(key, Math.min(key.length, TIME_END), key.length));
        } catch (IllegalArgumentException e) {
            throw new CorruptBytesException("Key of an expiry holds no id");
        }
    }

    static byte[] answer(int collectionNumber, UUID request) {
        return named(collectionNumber, ANSWER, request);
    }

    static byte[] answerTime(int collectionNumber, long micros, UUID request) {
        return namedAt(collectionNumber, ANSWER_TIME, micros, request);
    }

    static byte[] ingest(int collectionNumber, UUID ingest) {
        return named(collectionNumber, INGEST, ingest);
    }

    static byte[] ingestTime(int collectionNumber, long micros, UUID ingest) {
        return namedAt(collectionNumber, INGEST_TIME, micros, ingest);
    }

    /** Returns the times of all ingests, in their order. */
    static KeyRange ingestTimes(int collectionNumber) {
        return timed(collectionNumber, INGEST_TIME);
    }

    private static byte[] named(int collectionNumber, byte kind, UUID name) {
        return ByteBuffer.allocate(Integer.BYTES + 1 + UUID_BYTES)
                .putInt(collectionNumber)
                .put(kind)
                .putLong(name.getMostSignificantBits())
                .putLong(name.getLeastSignificantBits())
                .array();
    }

    private static byte[] namedAt(int collectionNumber, byte kind, long micros, UUID name) {
        return ByteBuffer.allocate(TIME_END + UUID_BYTES)
                .putInt(collectionNumber)
                .put(kind)
                .putLong(micros ^ Long.MIN_VALUE)
                .putLong(name.getMostSignificantBits())
                .putLong(name.getLeastSignificantBits())
                .array();
    }

    /** Returns the request, or the ingest, in a key that has it after a time. @throws CorruptBytesException if there is none */
    static UUID nameAfterTime(byte[] key) {
        if (key.length != TIME_END + UUID_BYTES) {
            throw new CorruptBytesException("Key of an operation has another length");
        }
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new UUID(bytes.getLong(TIME_END), bytes.getLong(TIME_END + Long.BYTES));
    }

    /** Returns the id in a record's key. @throws CorruptBytesException if there is none */
    static RecordId recordId(byte[] key) {
        try {
            return RecordId.fromSortKey(Arrays.copyOfRange(key, Integer.BYTES, key.length));
        } catch (IllegalArgumentException e) {
            throw new CorruptBytesException("Key of a record holds no id");
        }
    }
}
