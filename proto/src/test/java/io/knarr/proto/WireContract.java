package io.knarr.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a descriptor set promises to callers, flattened: one line of promise per name.
 *
 * <p>A contract may gain promises. One that loses or changes a promise breaks callers that were compiled before. Numbers are what old
 * bytes carry and names are what JSON and generated code carry, so both are part of a promise. Where a message is declared (which
 * file) is not.
 */
final class WireContract {
    /** Promise by key, for example {@code field knarr.v1.Record#3} to {@code vectors repeated TYPE_MESSAGE ...}. */
    private final TreeMap<String, String> promises = new TreeMap<>();

    private WireContract() {}

    /** Returns what the set's own files promise; files of {@code google.protobuf} are somebody else's promise. */
    static WireContract of(FileDescriptorSet set) {
        WireContract contract = new WireContract();
        for (FileDescriptorProto file : set.getFileList()) {
            if (file.getPackage().startsWith("google.")) {
                continue;
            }
            file.getMessageTypeList().forEach(message -> contract.add(file.getPackage(), message));
            file.getEnumTypeList().forEach(type -> contract.add(file.getPackage(), type));
            file.getServiceList().forEach(service -> contract.add(file.getPackage(), service));
        }
        return contract;
    }

    /** Returns every promise of this contract that the other one does not keep, in the order of their names; empty if it keeps all. */
    List<String> brokenBy(WireContract other) {
        List<String> broken = new ArrayList<>();
        promises.forEach((key, promise) -> {
            String kept = other.promises.get(key);
            if (!Objects.equals(promise, kept)) {
                broken.add(key + ": was [" + promise + "], is " + (kept == null ? "gone" : "[" + kept + "]"));
            }
        });
        return broken;
    }

    private void add(String scope, DescriptorProto message) {
        String name = scope + "." + message.getName();
        promises.put("message " + name, "");
        for (FieldDescriptorProto field : message.getFieldList()) {
            String oneof = field.hasOneofIndex()
                    ? message.getOneofDecl(field.getOneofIndex()).getName()
                    : "-";
            promises.put(
                    "field " + name + "#" + field.getNumber(),
                    String.join(
                            " ",
                            field.getName(),
                            field.getJsonName(),
                            field.getLabel().name(),
                            field.getType().name(),
                            field.getTypeName(),
                            "oneof=" + oneof));
        }
        message.getNestedTypeList().forEach(nested -> add(name, nested));
        message.getEnumTypeList().forEach(nested -> add(name, nested));
    }

    private void add(String scope, EnumDescriptorProto type) {
        String name = scope + "." + type.getName();
        promises.put("enum " + name, "");
        for (EnumValueDescriptorProto value : type.getValueList()) {
            promises.put("value " + name + "." + value.getName(), Integer.toString(value.getNumber()));
        }
    }

    private void add(String scope, ServiceDescriptorProto service) {
        String name = scope + "." + service.getName();
        promises.put("service " + name, "");
        for (MethodDescriptorProto method : service.getMethodList()) {
            promises.put(
                    "rpc " + name + "/" + method.getName(),
                    (method.getClientStreaming() ? "stream " : "")
                            + method.getInputType()
                            + " returns "
                            + (method.getServerStreaming() ? "stream " : "")
                            + method.getOutputType());
        }
    }
}
