package io.knarr.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Vectors made from a seed that are shaped like real ones: clusters of unequal size in a space of few latent dimensions, mapped into
 * the vectors' own dimensions by a random matrix, with a little noise in every direction.
 *
 * <p>Few latent dimensions are what makes neighbours mean something: of points spread evenly in hundreds of dimensions, all are about
 * equally far from each other, and a search for the nearest is a search for noise. The same seed gives the same vectors; rows of
 * different seeds come from the same clusters.
 */
final class MadeSet {
    /** What the values of a vector are. */
    enum Shape {
        /** Scaled to unit length, for cosine and inner product. */
        UNIT,
        /** Integers from 0 to 218, as descriptors of image patches have, for Euclidean distance; lengths differ. */
        HISTOGRAM
    }

    private static final int CLUSTERS = 1_024;
    private static final int LATENT = 24;
    private static final double SPREAD = 0.6; // of a cluster, where centres have a spread of 1 in each latent dimension
    private static final double NOISE = 0.1; // in each dimension, relative to what the latent ones give
    private static final double HISTOGRAM_SCALE = 40;
    private static final double HISTOGRAM_MAX = 218;
    private static final long MAP_SEED = 0x6B6E_6172_7201L;
    private static final int BUFFER_BYTES = 1 << 20;

    private final int dimension;
    private final Shape shape;
    private final float[][] centres = new float[CLUSTERS][LATENT];
    private final float[][] map;

    MadeSet(int dimension, Shape shape) {
        this.dimension = dimension;
        this.shape = shape;
        this.map = new float[LATENT][dimension];
        SplittableRandom random = new SplittableRandom(MAP_SEED);
        fill(centres, random, 1);
        fill(map, random, 1 / Math.sqrt(LATENT * (1 + SPREAD * SPREAD)));
    }

    private static void fill(float[][] target, SplittableRandom random, double scale) {
        for (float[] row : target) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (scale * random.nextGaussian());
            }
        }
    }

    int dimension() {
        return dimension;
    }

    /** Writes rows in the format of {@link VectorFile}, whole or not at all, and shows how far it is. */
    void write(Path path, long rows, long seed, Progress progress) throws IOException {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        long start = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        float[] vector = new float[dimension];
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), BUFFER_BYTES)) {
            for (long row = 0; row < rows; row++) {
                next(random, vector);
                bytes.clear();
                bytes.asFloatBuffer().put(vector);
                out.write(bytes.array());
                progress.count("making " + path.getFileName(), row + 1, rows, start);
            }
        }
        Files.move(part, path);
    }

    /** Draws the next vector. */
    void next(SplittableRandom random, float[] vector) {
        // The square makes low numbers likelier: a few clusters are large, most are small.
        double drawn = random.nextDouble();
        float[] centre = centres[(int) (drawn * drawn * CLUSTERS)];
        noise(random, vector);
        for (int latent = 0; latent < LATENT; latent++) {
            float weight = (float) (centre[latent] + SPREAD * random.nextGaussian());
            float[] direction = map[latent];
            for (int i = 0; i < dimension; i++) {
                vector[i] += weight * direction[i];
            }
        }
        switch (shape) {
            case UNIT -> scaleToUnit(vector);
            case HISTOGRAM -> quantise(vector);
        }
    }

    /** Fills with noise of the wanted spread, evenly distributed: a Gaussian in every dimension would cost more than all else. */
    private static void noise(SplittableRandom random, float[] vector) {
        float scale = (float) (2 * Math.sqrt(3) * NOISE / (1 << 16));
        for (int i = 0; i < vector.length; i++) {
            vector[i] = scale * (random.nextInt() >> 16) / 2;
        }
    }

    private static void scaleToUnit(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
    }

    private static void quantise(float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) Math.rint(Math.min(HISTOGRAM_MAX, Math.abs(vector[i]) * HISTOGRAM_SCALE));
        }
    }
}
