package io.knarr.server.index;

import io.knarr.server.error.Remedy;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.BatchedSearch;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.SearchAnswer;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers several searches of one collection, one after the other, all on one view, so that equal filters are evaluated once. Made for
 * the call and used by one thread.
 *
 * <p>A search whose hits a writer changed in the meantime is done again alone, on a newer view.
 */
final class BatchSearcher {
    private final CollectionIndex index;
    private final RecordReader reader;
    private final BlockingCalls blocking;
    private final long maxReplyBytes;
    private final CallDeadline deadline;

    BatchSearcher(
            CollectionIndex index,
            RecordReader reader,
            BlockingCalls blocking,
            long maxReplyBytes,
            CallDeadline deadline) {
        this.index = index;
        this.reader = reader;
        this.blocking = blocking;
        this.maxReplyBytes = maxReplyBytes;
        this.deadline = deadline;
    }

    List<SearchAnswer> search(List<BatchedSearch> searches) {
        RowTable.View view = index.writer().holdView();
        try {
            SearchMoment moment = new SearchMoment(view, deadline);
            List<SearchAnswer> answers = new ArrayList<>(searches.size());
            long bytesLeft = maxReplyBytes;
            for (BatchedSearch search : searches) {
                SearchAnswer answer = answer(search, moment, bytesLeft);
                if (answer instanceof SearchAnswer.Found(SearchResult result)) {
                    bytesLeft -= result.hits().stream()
                            .mapToLong(hit -> ReplySizes.atLeast(hit.record()))
                            .sum();
                }
                answers.add(answer);
            }
            return answers;
        } finally {
            view.table().release();
        }
    }

    private SearchAnswer answer(BatchedSearch search, SearchMoment moment, long bytesLeft) {
        return switch (search) {
            case BatchedSearch.Refused(ServiceException failure) -> new SearchAnswer.Failed(failure);
            case BatchedSearch.Wanted(SearchQuery query) -> {
                try {
                    yield new SearchAnswer.Found(result(query, moment, bytesLeft));
                } catch (ServiceException e) {
                    if (isOfTheWholeCall(e.code().remedy())) {
                        throw e;
                    }
                    yield new SearchAnswer.Failed(e);
                }
            }
        };
    }

    private SearchResult result(SearchQuery query, SearchMoment moment, long bytesLeft) {
        CollectionSearcher searcher =
                new CollectionSearcher(index, reader, blocking, query, bytesLeft, deadline, Optional.empty());
        @Nullable SearchResult result = searcher.attempt(moment);
        return result == null ? searcher.search() : result;
    }

    /** What another search of the call would fail of, too. */
    private static boolean isOfTheWholeCall(Remedy remedy) {
        return switch (remedy) {
            case FIX_THE_REQUEST, CREATE_IT_FIRST -> false;
            case USE_WHAT_EXISTS,
                    CHECK_THE_STATE,
                    READ_AGAIN_AND_RETRY,
                    PRESENT_A_CREDENTIAL,
                    ASK_FOR_ACCESS,
                    SEND_LESS,
                    RETRY_LATER,
                    ALLOW_MORE_TIME,
                    NOTHING_TO_DO,
                    CALL_AN_OPERATOR -> true;
        };
    }
}
