package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FileDescriptor;
import io.grpc.health.v1.HealthProto;
import io.grpc.reflection.v1.ServerReflectionProto;
import io.knarr.v1.AccountProto;
import io.knarr.v1.CollectionProto;
import io.knarr.v1.RecordProto;
import io.knarr.v1.SearchProto;
import io.knarr.v1.ServerProto;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AccessTableTest {
    private static final List<FileDescriptor> FILES = List.of(
            AccountProto.getDescriptor(),
            CollectionProto.getDescriptor(),
            RecordProto.getDescriptor(),
            SearchProto.getDescriptor(),
            ServerProto.getDescriptor(),
            HealthProto.getDescriptor(),
            ServerReflectionProto.getDescriptor());

    static Stream<String> methods() {
        return FILES.stream()
                .flatMap(file -> file.getServices().stream())
                .flatMap(service -> service.getMethods().stream())
                .map(method -> method.getService().getFullName() + "/" + method.getName());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodHasARule(String method) {
        assertThat(AccessTable.rule(method)).isPresent();
    }

    @Test
    void aMethodThatIsNotListedHasNone() {
        assertThat(AccessTable.rule("knarr.v1.RecordService/Unheard")).isEmpty();
    }

    @Test
    void onlyHealthAndReflectionNeedNoCaller() {
        assertThat(methods()
                        .filter(method -> AccessTable.rule(method).equals(java.util.Optional.of(AccessRule.ANYBODY))))
                .allMatch(method -> method.startsWith("grpc."));
    }
}
