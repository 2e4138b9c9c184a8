package io.knarr.cli;

import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.knarr.cli.call.Connection;
import io.knarr.cli.format.Timestamps;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.cli.terminal.Output;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.GetServerInfoResponse;
import io.knarr.v1.Limits;
import picocli.CommandLine.Command;

/** {@code knarr info}: what the server is, and how much a call may carry. */
@Command(name = "info", description = "Show what the server is, who you are to it, and its limits.")
final class InfoCommand extends ServerCommand {
    @Override
    ExitCode run(Connection connection, Output output) {
        GetServerInfoResponse info = connection.server().getServerInfo(GetServerInfoRequest.getDefaultInstance());
        Limits limits = connection
                .server()
                .getLimits(GetLimitsRequest.getDefaultInstance())
                .getLimits();
        JsonObject json = new JsonObject();
        json.addProperty("address", connection.address());
        json.addProperty("version", info.getVersion());
        json.addProperty("store_id", info.getStoreId());
        json.addProperty("start_time", Timestamps.format(info.getStartTime()));
        json.addProperty("identity_mode", info.getIdentityMode());
        json.addProperty("account", info.getAccountId());
        json.addProperty("root", info.getRoot());
        json.addProperty("kernel", info.getKernel());
        JsonObject limitsJson = new JsonObject();
        for (FieldDescriptor field : Limits.getDescriptor().getFields()) {
            limitsJson.addProperty(field.getName(), (Number) limits.getField(field));
        }
        if (output.isJson()) {
            json.add("limits", limitsJson);
            output.line(json);
        } else {
            output.object(json);
            output.line("");
            output.object(limitsJson);
        }
        return ExitCode.OK;
    }
}
