package io.knarr.cli.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A NumPy array file, versions 1 to 3: two-dimensional, little-endian float32, C order.
 *
 * <p>The file begins with {@code 0x93 "NUMPY"}, two version bytes, the header's length (two bytes, four from version 2 on,
 * little-endian) and the header: a Python dictionary of {@code descr}, {@code fortran_order} and {@code shape}.
 */
final class NpyReader extends VectorFileReader {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER_BYTES = 1 << 16;
    private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*('[^']*'|\\[.*?\\])");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
    private static final Pattern TWO_DIMENSIONS = Pattern.compile("\\s*(\\d{1,18})\\s*,\\s*(\\d{1,9})\\s*,?\\s*");

    private final long rowCount;
    private final int rowBytes;
    private long rowsRead;

    NpyReader(ByteSource source, String vectorName, long firstId) throws IOException {
        super(source, vectorName, firstId);
        String header = readHeader();
        String description = find(DESCRIPTION, header, "descr");
        if (!description.equals("'<f4'")) {
            throw inHeader("the elements are %s, not '<f4'; save the array with .astype('<f4')".formatted(description));
        }
        if (find(ORDER, header, "fortran_order").equals("True")) {
            throw inHeader("the array is in Fortran order; save it with numpy.ascontiguousarray");
        }
        String shape = find(SHAPE, header, "shape");
        Matcher dimensions = TWO_DIMENSIONS.matcher(shape);
        if (!dimensions.matches()) {
            throw inHeader("the shape is (%s), not (rows, dimension)".formatted(shape));
        }
        this.rowCount = Long.parseLong(dimensions.group(1));
        int dimension = Integer.parseInt(dimensions.group(2));
        if (dimension < 1 || dimension > MAX_DIMENSION) {
            throw inHeader("the dimension is %d, not 1 to %d".formatted(dimension, MAX_DIMENSION));
        }
        this.rowBytes = dimension * Float.BYTES;
    }

    private String readHeader() throws IOException {
        if (!Arrays.equals(source.read(MAGIC.length), MAGIC)) {
            throw inHeader("this is not a NumPy array file");
        }
        byte[] version = source.read(2);
        if (version.length < 2 || version[0] < 1 || version[0] > 3) {
            throw inHeader("the file's version is not 1, 2 or 3");
        }
        int lengthBytes = version[0] == 1 ? Short.BYTES : Integer.BYTES;
        byte[] length = Arrays.copyOf(source.read(lengthBytes), Integer.BYTES);
        int headerBytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (headerBytes < 1 || headerBytes > MAX_HEADER_BYTES) {
            throw inHeader("the header's length is %d, not 1 to %d"
                    .formatted(Integer.toUnsignedLong(headerBytes), MAX_HEADER_BYTES));
        }
        byte[] header = source.read(headerBytes);
        if (header.length < headerBytes) {
            throw inHeader("the file ends inside its header");
        }
        return new String(header, version[0] == 3 ? UTF_8 : ISO_8859_1);
    }

    private String find(Pattern pattern, String header, String key) throws MalformedInputException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw inHeader("the header has no usable '" + key + "'");
        }
        return matcher.group(1);
    }

    private MalformedInputException inHeader(String problem) {
        return new MalformedInputException(source.name() + ", header", problem);
    }

    @Override
    byte @Nullable [] nextRow() throws IOException {
        if (rowsRead == rowCount) {
            if (source.read() >= 0) {
                throw malformed("the file goes on after the %d rows that its header names".formatted(rowCount));
            }
            return null;
        }
        rowsRead++;
        return restOfRow(rowBytes);
    }
}
