package io.knarr.cli;

import com.google.gson.JsonObject;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.Timestamps;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.Account;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListAccountsResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knarr account}: the tenants of a server. */
@Command(
        name = "account",
        description = "Create, show, list and delete accounts.",
        subcommands = {
            AccountCommand.Create.class,
            AccountCommand.Get.class,
            AccountCommand.ListAll.class,
            AccountCommand.Delete.class
        })
final class AccountCommand extends CommandGroup {
    private static final List<String> COLUMNS = List.of("account", "incarnation", "create_time");

    private static JsonObject json(Account account) {
        JsonObject json = new JsonObject();
        json.addProperty("account", account.getAccountId());
        json.addProperty("incarnation", account.getIncarnation());
        json.addProperty("create_time", Timestamps.format(account.getCreateTime()));
        return json;
    }

    @Command(name = "create", description = "Create an account.")
    static final class Create extends ServerCommand {
        @Parameters(
                paramLabel = "ID",
                description = "1 to 64 of a-z, 0-9, '-', '_', '.', starting with a letter or digit.")
        private String id = "";

        @Override
        ExitCode run(Connection connection, Output output) {
            output.object(json(connection
                    .accounts()
                    .createAccount(
                            CreateAccountRequest.newBuilder().setAccountId(id).build())
                    .getAccount()));
            return ExitCode.OK;
        }
    }

    @Command(name = "get", description = "Show one account.")
    static final class Get extends ServerCommand {
        @Parameters(
                paramLabel = "ID",
                arity = "0..1",
                description = "The account; left out: the one that the call acts on.")
        private String id = "";

        @Override
        ExitCode run(Connection connection, Output output) {
            output.object(json(connection
                    .accounts()
                    .getAccount(GetAccountRequest.newBuilder().setAccountId(id).build())
                    .getAccount()));
            return ExitCode.OK;
        }
    }

    @Command(name = "list", description = "List the accounts.")
    static final class ListAll extends ServerCommand {
        @Option(names = "--prefix", paramLabel = "TEXT", description = "Only accounts whose id starts with this.")
        private String prefix = "";

        @Override
        ExitCode run(Connection connection, Output output) {
            List<JsonObject> rows = new ArrayList<>();
            String token = "";
            do {
                ListAccountsResponse page = connection
                        .accounts()
                        .listAccounts(ListAccountsRequest.newBuilder()
                                .setPageSize(1000)
                                .setPrefix(prefix)
                                .setPageToken(token)
                                .build());
                page.getAccountsList().forEach(account -> rows.add(json(account)));
                token = page.getNextPageToken();
            } while (!token.isEmpty());
            output.table(COLUMNS, rows);
            return ExitCode.OK;
        }
    }

    @Command(name = "delete", description = "Delete an account and everything in it. Final.")
    static final class Delete extends ServerCommand {
        @Parameters(paramLabel = "ID", description = "The account.")
        private String id = "";

        @Option(
                names = "--incarnation",
                paramLabel = "UUID",
                description = "Only this life of it: refused if another one is there.")
        private String incarnation = "";

        @Option(names = "--allow-missing", description = "A missing account is no error.")
        private boolean allowMissing;

        @Override
        ExitCode run(Connection connection, Output output) {
            boolean deleted = connection
                    .accounts()
                    .deleteAccount(DeleteAccountRequest.newBuilder()
                            .setAccountId(id)
                            .setIncarnation(incarnation)
                            .setAllowMissing(allowMissing)
                            .build())
                    .getDeleted();
            JsonObject json = new JsonObject();
            json.addProperty("account", id);
            json.addProperty("deleted", deleted);
            output.object(json);
            return ExitCode.OK;
        }
    }
}
