package io.knarr.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Texts in an index of Lucene's, to compare with: mapped into memory, one segment, frequencies without places, searched on one thread
 * without a cache.
 */
final class LuceneTexts implements AutoCloseable {
    private static final String FIELD = "text";
    private static final double BUFFER_MEGABYTES = 256;

    private final Path path;
    private final Directory directory;
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    private LuceneTexts(Path path, Directory directory, DirectoryReader reader) {
        this.path = path;
        this.directory = directory;
        this.reader = reader;
        this.searcher = new IndexSearcher(reader);
        searcher.setQueryCache(null);
        searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    }

    /** Writes an index of so many texts; a text's number is its row. */
    static LuceneTexts of(int rowCount, IntFunction<String> texts) throws IOException {
        Path path = Files.createTempDirectory("knarr-bench-lucene");
        Directory directory = new MMapDirectory(path);
        IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer())
                .setSimilarity(new BM25Similarity(1.2f, 0.75f))
                .setRAMBufferSizeMB(BUFFER_MEGABYTES);
        FieldType type = new FieldType();
        type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
        type.setTokenized(true);
        type.freeze();
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (int row = 0; row < rowCount; row++) {
                Document document = new Document();
                document.add(new Field(FIELD, texts.apply(row), type));
                var _ = writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        return new LuceneTexts(path, directory, DirectoryReader.open(directory));
    }

    /** Returns the query of some words, each with how often it is asked for. */
    static Query query(Map<String, Integer> words) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        words.forEach((word, times) -> {
            Query term = new TermQuery(new Term(FIELD, word));
            any.add(times == 1 ? term : new BoostQuery(term, times), BooleanClause.Occur.SHOULD);
        });
        return any.build();
    }

    ScoreDoc[] search(Query query, int limit) throws IOException {
        return searcher.search(query, limit).scoreDocs;
    }

    /** Returns the bytes of its files. */
    long sizeBytes() throws IOException {
        long bytes = 0;
        for (String file : directory.listAll()) {
            bytes += directory.fileLength(file);
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        reader.close();
        directory.close();
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
