package io.knarr.cli.call;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.knarr.cli.format.RecordJson;
import io.knarr.cli.terminal.Output;
import io.knarr.cli.terminal.Progress;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.Slice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** An export of a collection whose parts are read at once, all of the moment of the first. */
public final class SlicedExport {
    private final Connection connection;
    private final ExportRecordsRequest request;
    private final int slices;
    private final Progress progress;

    /**
     * Makes an export.
     *
     * @param request what to export; its slice is set here where there are several
     * @param slices how many parts
     */
    public SlicedExport(Connection connection, ExportRecordsRequest request, int slices, Progress progress) {
        this.connection = connection;
        this.request = request;
        this.slices = slices;
        this.progress = progress;
    }

    /**
     * Reads all records.
     *
     * @param outputs where lines go: one for all parts, or one for each
     * @return how many records there were
     */
    public long run(List<Output> outputs) throws IOException {
        Context.CancellableContext context = Context.current().withCancellation();
        try (ExecutorService threads = Executors.newFixedThreadPool(slices)) {
            Iterator<ExportRecordsResponse> first = open(0, null, context);
            boolean any = first.hasNext();
            ExportRecordsResponse head = any ? first.next() : ExportRecordsResponse.getDefaultInstance();
            List<Future<Long>> parts = new ArrayList<>();
            for (int slice = 0; slice < slices; slice++) {
                int part = slice;
                Output output = outputs.get(Math.min(slice, outputs.size() - 1));
                parts.add(threads.submit(() -> part == 0
                        ? write(head, output) + copy(first, output)
                        : copy(open(part, head.getView(), context), output)));
            }
            try {
                long count = 0;
                for (Future<Long> part : parts) {
                    count += await(part);
                }
                return count;
            } finally {
                context.cancel(null); // one that failed ends the others
            }
        }
    }

    private static long await(Future<Long> part) throws IOException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case StatusRuntimeException failure -> throw failure;
                case null, default -> throw new IllegalStateException("A part could not be read", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    private Iterator<ExportRecordsResponse> open(int slice, @Nullable String view, Context.CancellableContext context) {
        ExportRecordsRequest.Builder part = request.toBuilder();
        if (slices > 1) {
            part.setSlice(Slice.newBuilder().setIndex(slice).setCount(slices));
        }
        if (view != null) {
            part.setView(view);
        }
        Context before = context.attach();
        try {
            return connection.exports().exportRecords(part.build());
        } finally {
            context.detach(before);
        }
    }

    private long copy(Iterator<ExportRecordsResponse> messages, Output output) throws IOException {
        long written = 0;
        while (messages.hasNext()) {
            written += write(messages.next(), output);
        }
        return written;
    }

    private long write(ExportRecordsResponse message, Output output) throws IOException {
        List<String> lines = new ArrayList<>(message.getRecordsCount());
        for (Record record : message.getRecordsList()) {
            lines.add(Output.text(RecordJson.record(record)));
        }
        synchronized (output) {
            lines.forEach(output::line);
            if (output.isBroken()) {
                throw new IOException("The output cannot be written");
            }
        }
        progress.add(lines.size());
        return lines.size();
    }
}
