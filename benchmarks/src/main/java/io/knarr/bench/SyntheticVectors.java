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
 * Made vectors: unit length, in clusters. Each is a cluster's centre, drawn once on the sphere, plus Gaussian noise of 0.8 of its
 * length, normalised. The same seed gives the same vectors.
 *
 * <p>Neighbours within a cluster are closer than across, as in real embeddings; without that, every exact answer would be arbitrary.
 */
final class SyntheticVectors {
    private static final int CLUSTERS = 256;
    private static final double NOISE = 0.8;
    private static final int WRITE_BUFFER_BYTES = 1 << 20;

    private final float[][] centres;
    private final int dimension;

    SyntheticVectors(int dimension, long seed) {
        this.dimension = dimension;
        this.centres = new float[CLUSTERS][dimension];
        SplittableRandom random = new SplittableRandom(seed);
        for (float[] centre : centres) {
            for (int i = 0; i < dimension; i++) {
                centre[i] = (float) random.nextGaussian();
            }
            normalise(centre);
        }
    }

    /** Writes {@code rows} vectors in the format of {@link VectorFile}. Rows of another {@code seed} share the clusters. */
    void write(Path path, long rows, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        double scale = NOISE / Math.sqrt(dimension);
        float[] vector = new float[dimension];
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), WRITE_BUFFER_BYTES)) {
            for (long row = 0; row < rows; row++) {
                float[] centre = centres[random.nextInt(CLUSTERS)];
                for (int i = 0; i < dimension; i++) {
                    vector[i] = (float) (centre[i] + scale * random.nextGaussian());
                }
                normalise(vector);
                bytes.clear();
                bytes.asFloatBuffer().put(vector);
                out.write(bytes.array());
            }
        }
    }

    private static void normalise(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float scale = (float) (1 / Math.sqrt(squares));
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= scale;
        }
    }
}
