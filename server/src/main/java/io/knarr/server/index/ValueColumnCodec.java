package io.knarr.server.index;

import io.knarr.server.index.ValueColumn.Dictionary;
import io.knarr.server.index.ValueColumn.Encoded;
import io.knarr.server.index.ValueColumn.Numbers;
import io.knarr.server.index.ValueColumn.Sparse;
import io.knarr.server.index.ValueColumn.Stored;
import io.knarr.server.index.ValueColumn.Unit;
import io.knarr.server.model.FieldValue;

/**
 * Columns of values as bytes. A column is a tag byte and what the tag says; a value is as {@link FieldValueCodec} has it:
 *
 * <pre>
 * 0 dictionary  [count: unsigned] values [codes: packed]
 * 1 numbers     [unit: 1 byte][numbers: packed][1 byte: 1 where some rows have none, then [words: unsigned] int64 each]
 * 2 encoded     [length: unsigned][bytes][ends: packed]
 * 3 sparse      [rows: packed][their values: column]
 *
 * packed: [least: int64][width: 1 byte][length: unsigned][bytes]
 * </pre>
 */
final class ValueColumnCodec {
    private static final int DICTIONARY = 0;
    private static final int NUMBERS = 1;
    private static final int ENCODED = 2;
    private static final int SPARSE = 3;

    private ValueColumnCodec() {}

    static void write(BinaryWriter writer, ValueColumn column) {
        switch (column) {
            case Dictionary(FieldValue[] values, PackedLongs codes) -> {
                writer.writeByte(DICTIONARY).writeUnsigned(values.length);
                for (FieldValue value : values) {
                    FieldValueCodec.write(writer, value);
                }
                codes.write(writer);
            }
            case Numbers numbers -> {
                writer.writeByte(NUMBERS).writeByte(numbers.unit().code());
                numbers.numbers().write(writer);
                long[] present = numbers.present();
                writer.writeByte(present == null ? 0 : 1);
                if (present != null) {
                    writer.writeUnsigned(present.length);
                    for (long word : present) {
                        writer.writeLong(word);
                    }
                }
            }
            case Encoded(byte[] bytes, PackedLongs ends) -> {
                writer.writeByte(ENCODED).writeUnsigned(bytes.length).writeBytes(bytes);
                ends.write(writer);
            }
            case Sparse(int[] rows, ValueColumn values) -> {
                writer.writeByte(SPARSE);
                PackedLongs.of(rows).write(writer);
                write(writer, values);
            }
            case Stored stored -> writer.writeBytes(stored.part().bytes());
        }
    }

    static ValueColumn read(BinaryReader reader) {
        return switch (reader.readByte()) {
            case DICTIONARY -> {
                FieldValue[] values = new FieldValue[reader.readCount(1)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = FieldValueCodec.read(reader);
                }
                yield new Dictionary(values, PackedLongs.read(reader));
            }
            case NUMBERS -> {
                Unit unit = Unit.of(reader.readByte());
                PackedLongs numbers = PackedLongs.read(reader);
                yield new Numbers(unit, numbers, reader.readByte() == 0 ? null : readWords(reader));
            }
            case ENCODED -> new Encoded(reader.readBytes(reader.readCount(1)), PackedLongs.read(reader));
            case SPARSE -> new Sparse(PackedLongs.read(reader).toInts(), read(reader));
            default -> throw new CorruptBytesException("Column has an unknown tag");
        };
    }

    private static long[] readWords(BinaryReader reader) {
        long[] words = new long[reader.readCount(Long.BYTES)];
        for (int i = 0; i < words.length; i++) {
            words[i] = reader.readLong();
        }
        return words;
    }
}
