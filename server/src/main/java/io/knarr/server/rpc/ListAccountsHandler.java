package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountDirectory;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Page;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListAccountsResponse;
import java.util.Optional;

/** Answers ListAccounts. */
final class ListAccountsHandler implements RpcHandler<ListAccountsRequest, ListAccountsResponse> {
    private final AccountDirectory directory;

    @Inject
    ListAccountsHandler(AccountDirectory directory) {
        this.directory = requireNonNull(directory, "directory is null");
    }

    @Override
    public ListAccountsResponse handle(Identity identity, ListAccountsRequest request, CallDeadline deadline) {
        int pageSize = PageSize.of(request.getPageSize(), PageSize.MAX_NAMES);
        String prefix = NameMapper.accountPrefix(request.getPrefix(), FieldPath.of("prefix"));
        PageToken tokens = PageToken.of("accounts").boundTo(prefix);
        Optional<AccountId> after =
                tokens.decode(request.getPageToken()).map(key -> new AccountId(new String(key, UTF_8)));

        Page<Account, AccountId> page = directory.list(prefix, pageSize, after);

        ListAccountsResponse.Builder response = ListAccountsResponse.newBuilder();
        page.items().forEach(account -> response.addAccounts(AccountMapper.toProto(account)));
        page.next()
                .ifPresent(next ->
                        response.setNextPageToken(tokens.encode(next.value().getBytes(UTF_8))));
        return response.build();
    }
}
