package io.knarr.proto;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds {@code knarr.v1} to what was published: {@code src/test/resources/golden/knarr-v1.protobin}.
 *
 * <p>Additions pass. To put them under the same protection, write the golden file anew and commit it with the change:
 *
 * <pre>{@code mvn -pl proto test -Dtest=GoldenDescriptorTest -Dknarr.proto.writeGolden=true}</pre>
 *
 * <p>That run compares with the committed file too, so it cannot be used to wave an incompatible change through: such a change needs
 * a new package, {@code knarr.v2}.
 */
class GoldenDescriptorTest {
    private static final String GOLDEN = "/golden/knarr-v1.protobin";

    @Test
    void everythingPublishedIsStillThere() throws IOException {
        FileDescriptorSet golden = golden();
        FileDescriptorSet built = built();

        assertThat(WireContract.of(golden).brokenBy(WireContract.of(built)))
                .as("promises of the published contract that the built one breaks")
                .isEmpty();

        if (Boolean.getBoolean("knarr.proto.writeGolden")) {
            Files.write(
                    Path.of("src/test/resources" + GOLDEN),
                    withoutComments(built).toByteArray());
        }
    }

    @Test
    void theGoldenFileHoldsTheContract() throws IOException {
        assertThat(golden().getFileList())
                .extracting(FileDescriptorProto::getName)
                .contains("knarr/v1/record.proto", "knarr/v1/search.proto", "knarr/v1/account.proto");
    }

    /** Each change that would break a caller, made to the golden descriptor in memory. */
    static Stream<Arguments> incompatibleChanges() {
        return Stream.of(
                change("field removed", set -> removeField(message(set, "SearchHit"), "score")),
                change("field renamed", set -> field(set, "SearchHit", "score").setName("distance")),
                change("field's JSON name changed", set -> field(set, "SearchHit", "score")
                        .setJsonName("s")),
                change("field renumbered", set -> field(set, "SearchHit", "score")
                        .setNumber(77)),
                change("field of another type", set -> field(set, "SearchHit", "score")
                        .setType(FieldDescriptorProto.Type.TYPE_FLOAT)),
                change("field of another message", set -> field(set, "NotFilter", "filter")
                        .setTypeName(".knarr.v1.AndFilter")),
                change("field's label changed", set -> field(set, "SearchHit", "score")
                        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)),
                change("field moved out of its oneof", set -> field(set, "Value", "bool_value")
                        .clearOneofIndex()),
                change("field moved into a oneof", set -> {
                    message(set, "SearchHit").addOneofDeclBuilder().setName("kind");
                    field(set, "SearchHit", "score").setOneofIndex(0);
                }),
                change("map's value changed", set -> message(set, "Record")
                        .getNestedTypeBuilder(0)
                        .getFieldBuilder(1)
                        .setTypeName(".knarr.v1.Vector2")),
                change(
                        "enum value removed",
                        set -> enumFile(set).getEnumTypeBuilder(0).removeValue(1)),
                change("enum value renamed", set -> enumValue(set).setName("METRIC_ANGLE")),
                change("enum value renumbered", set -> enumValue(set).setNumber(77)),
                change("enum removed", set -> enumFile(set).removeEnumType(0)),
                change("message removed", set -> file(set, "search").removeMessageType(0)),
                change("service removed", set -> file(set, "search").removeService(0)),
                change("rpc removed", set -> service(set).removeMethod(0)),
                change("rpc renamed", set -> rpc(set).setName("Find")),
                change("rpc with another request", set -> rpc(set).setInputType(".knarr.v1.Filter")),
                change("rpc with another reply", set -> rpc(set).setOutputType(".knarr.v1.Filter")),
                change("rpc with streamed requests", set -> rpc(set).setClientStreaming(true)),
                change("rpc with streamed replies", set -> rpc(set).setServerStreaming(true)),
                change("package renamed", set -> file(set, "search").setPackage("knarr.v2")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("incompatibleChanges")
    void anIncompatibleChangeIsCaught(String change, Consumer<FileDescriptorSet.Builder> mutation) throws IOException {
        FileDescriptorSet golden = golden();
        FileDescriptorSet.Builder changed = golden.toBuilder();
        mutation.accept(changed);

        assertThat(WireContract.of(golden).brokenBy(WireContract.of(changed.build())))
                .as(change)
                .isNotEmpty();
    }

    /** Each change that old callers do not notice. */
    static Stream<Arguments> additions() {
        return Stream.of(
                change("field added", set -> message(set, "SearchHit")
                        .addFieldBuilder()
                        .setName("rank")
                        .setNumber(90)
                        .setType(FieldDescriptorProto.Type.TYPE_INT32)),
                change("kind added to a oneof", set -> message(set, "Value")
                        .addFieldBuilder()
                        .setName("geo_value")
                        .setNumber(90)
                        .setOneofIndex(0)
                        .setType(FieldDescriptorProto.Type.TYPE_STRING)),
                change(
                        "message added",
                        set -> file(set, "search").addMessageTypeBuilder().setName("Added")),
                change("enum value added", set -> enumFile(set)
                        .getEnumTypeBuilder(0)
                        .addValueBuilder()
                        .setName("METRIC_HAMMING")
                        .setNumber(90)),
                change("rpc added", set -> service(set)
                        .addMethodBuilder()
                        .setName("Added")
                        .setInputType(".knarr.v1.Filter")
                        .setOutputType(".knarr.v1.Filter")),
                change(
                        "service added",
                        set -> file(set, "search").addServiceBuilder().setName("AddedService")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("additions")
    void anAdditionPasses(String change, Consumer<FileDescriptorSet.Builder> mutation) throws IOException {
        FileDescriptorSet golden = golden();
        FileDescriptorSet.Builder changed = golden.toBuilder();
        mutation.accept(changed);

        assertThat(changed.build()).as(change).isNotEqualTo(golden);
        assertThat(WireContract.of(golden).brokenBy(WireContract.of(changed.build())))
                .as(change)
                .isEmpty();
    }

    private static FileDescriptorSet built() throws IOException {
        String path = requireNonNull(System.getProperty("knarr.proto.descriptorSet"), "set by the module's pom");
        try (InputStream bytes = Files.newInputStream(Path.of(path))) {
            return FileDescriptorSet.parseFrom(bytes);
        }
    }

    private static FileDescriptorSet golden() throws IOException {
        try (InputStream bytes = requireNonNull(GoldenDescriptorTest.class.getResourceAsStream(GOLDEN), GOLDEN)) {
            return FileDescriptorSet.parseFrom(bytes);
        }
    }

    /** Comments and positions change with every edit and promise nothing. */
    private static FileDescriptorSet withoutComments(FileDescriptorSet set) {
        FileDescriptorSet.Builder bare = set.toBuilder();
        bare.getFileBuilderList().forEach(FileDescriptorProto.Builder::clearSourceCodeInfo);
        return bare.build();
    }

    private static Arguments change(String change, Consumer<FileDescriptorSet.Builder> mutation) {
        return Arguments.of(change, mutation);
    }

    private static FileDescriptorProto.Builder file(FileDescriptorSet.Builder set, String name) {
        return set.getFileBuilderList().stream()
                .filter(file -> file.getName().equals("knarr/v1/" + name + ".proto"))
                .findFirst()
                .orElseThrow();
    }

    private static FileDescriptorProto.Builder enumFile(FileDescriptorSet.Builder set) {
        return file(set, "collection");
    }

    private static EnumValueDescriptorProto.Builder enumValue(FileDescriptorSet.Builder set) {
        return enumFile(set).getEnumTypeBuilder(0).getValueBuilder(1);
    }

    private static ServiceDescriptorProto.Builder service(FileDescriptorSet.Builder set) {
        return file(set, "search").getServiceBuilder(0);
    }

    private static MethodDescriptorProto.Builder rpc(FileDescriptorSet.Builder set) {
        return service(set).getMethodBuilder(0);
    }

    private static DescriptorProto.Builder message(FileDescriptorSet.Builder set, String name) {
        return set.getFileBuilderList().stream()
                .flatMap(file -> file.getMessageTypeBuilderList().stream())
                .filter(message -> message.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static FieldDescriptorProto.Builder field(FileDescriptorSet.Builder set, String message, String name) {
        return message(set, message).getFieldBuilderList().stream()
                .filter(field -> field.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void removeField(DescriptorProto.Builder message, String name) {
        for (int i = 0; i < message.getFieldCount(); i++) {
            if (message.getField(i).getName().equals(name)) {
                message.removeField(i);
                return;
            }
        }
        throw new IllegalArgumentException("No such field: " + name);
    }
}
