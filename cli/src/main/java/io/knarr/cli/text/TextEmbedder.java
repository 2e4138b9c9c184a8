package io.knarr.cli.text;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Turns English text into vectors of 384 components with MiniLM (all-MiniLM-L6-v2, quantised), in this process. Thread-safe.
 * Loading it takes about a second; close it.
 */
public final class TextEmbedder implements AutoCloseable {
    /** Components of every vector. */
    public static final int DIMENSION = 384;

    private final ExecutorService workers;
    private final AllMiniLmL6V2QuantizedEmbeddingModel model;

    private TextEmbedder(ExecutorService workers, AllMiniLmL6V2QuantizedEmbeddingModel model) {
        this.workers = workers;
        this.model = model;
    }

    /** Loads the model. It will use all processors. */
    public static TextEmbedder load() {
        keepTokenizerQuiet();
        ExecutorService workers = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().daemon().name("knarr-embedder-", 0).factory());
        return new TextEmbedder(workers, new AllMiniLmL6V2QuantizedEmbeddingModel(workers));
    }

    /** The tokenizer's library would report its use to its makers, and leave its native code in the home directory. */
    private static void keepTokenizerQuiet() {
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        if (System.getProperty("DJL_CACHE_DIR") == null) {
            Path cache = Path.of(System.getProperty("user.home"), ".cache", "knarr", "tokenizer");
            System.setProperty("DJL_CACHE_DIR", cache.toString());
        }
    }

    /** Returns the vector of one text. */
    public float[] embed(String text) {
        return model.embed(text).content().vector();
    }

    /** Returns the vectors of several texts, in their order. */
    public List<float[]> embedAll(List<String> texts) {
        return model.embedAll(texts.stream().map(TextSegment::from).toList()).content().stream()
                .map(embedding -> embedding.vector())
                .toList();
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
