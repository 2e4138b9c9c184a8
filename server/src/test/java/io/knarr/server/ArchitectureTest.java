package io.knarr.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreFailures;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who may know whom. A rule that is in the way is changed here, with its reason, and not worked around. */
final class ArchitectureTest {
    private static final String ROOT = "io.knarr.server";

    private static final JavaClasses SERVER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void theEngineKnowsOnlyItselfAndTheJdk() {
        noClasses()
                .that()
                .resideInAPackage("..server.engine..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "..server.engine..",
                        "java..",
                        "jdk.incubator.vector..",
                        "com.sun.management..",
                        "org.jspecify..",
                        "com.google.errorprone..")
                .because("it must be testable and benchmarkable without a server, and liftable out of it")
                .check(SERVER);
    }

    @Test
    void theVectorApiStaysInTheKernels() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.engine.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .because("it is an incubator: one package to change when it does")
                .check(SERVER);
    }

    @Test
    void grpcAndProtobufStayInRpc() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.rpc..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "com.google.rpc..", "io.knarr.v1..")
                .because("the wire is one surface among several, and its types must not leak into the others")
                .check(SERVER);
    }

    @Test
    void rocksDbStaysInItsPackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.store.rocksdb..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb..")
                .because("every native object must be owned and closed in one place")
                .check(SERVER);
    }

    @Test
    void bitmapsOfRowsStayInTheIndex() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.index..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.roaringbitmap..")
                .because("row numbers never leave the index and the engine, and the engine has masks")
                .check(SERVER);
    }

    @Test
    void theStoresAreChosenByTheRootAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, "..server.store.rocksdb..", "..server.store.memory..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..server.store.rocksdb..", "..server.store.memory..")
                .because("everybody else works with any store")
                .check(SERVER);
    }

    @Test
    void luceneStaysInLexical() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.lexical..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.lucene..")
                .because("words are made in one place, and nobody else needs to know by whom")
                .check(SERVER);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.knarr.server.(**)")
                .should()
                .beFreeOfCycles()
                .because("what can be understood alone can be changed alone")
                .check(SERVER);
    }

    @Test
    void valuesAndErrorsKnowOnlyTheJdk() {
        noClasses()
                .that()
                .resideInAnyPackage("..server.model..", "..server.error..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "..server.model..", "..server.error..", "java..", "org.jspecify..", "com.google.errorprone..")
                .because("every package shares them")
                .check(SERVER);
    }

    @Test
    void eachPackageUsesOnlyThoseBelowIt() {
        Map<String, String[]> allowed = Map.of(
                "rpc", new String[] {"account", "index", "store", "model", "error", "config"},
                "account", new String[] {"index", "store", "model", "error", "config"},
                "index", new String[] {"engine", "lexical", "store", "model", "error", "config"},
                "lexical", new String[] {"engine"},
                "store", new String[] {"model", "error", "config"},
                "http", new String[] {"config"},
                "config", new String[] {},
                "telemetry", new String[] {"rpc", "account", "index", "store", "engine", "model"});
        allowed.forEach((name, below) -> {
            String itself = ROOT + "." + name + "..";
            String[] packages = new String[below.length + 1];
            packages[0] = itself;
            for (int i = 0; i < below.length; i++) {
                packages[i + 1] = ROOT + "." + below[i] + "..";
            }
            noClasses()
                    .that()
                    .resideInAPackage(itself)
                    .should()
                    .dependOnClassesThat(resideInAPackage(ROOT + "..")
                            .and(resideInAnyPackage(packages).negate()))
                    .because(name + " stands above these packages only, see docs/ARCHITECTURE.md")
                    .allowEmptyShould(true)
                    .check(SERVER);
        });
    }

    @Test
    void rpcKnowsTheStoreByItsFailuresAlone() {
        noClasses()
                .that()
                .resideInAPackage("..server.rpc..")
                .should()
                .dependOnClassesThat(resideInAPackage("..server.store..")
                        .and(not(assignableTo(StoreException.class)))
                        .and(not(assignableTo(StoreFailures.class))))
                .because("what a call reads and writes goes through the account it was lent, and through no other door")
                .check(SERVER);
    }

    @Test
    void settingsAreReadInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.config..")
                .and()
                .doNotHaveFullyQualifiedName(ServerMain.class.getName())
                .and()
                // They ask what processor this is, and tests name a kernel: no setting of a server, and the log says
                // which.
                .resideOutsideOfPackage("..server.engine.kernel..")
                .should()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class, String.class)
                .orShould()
                .callMethod(Integer.class, "getInteger", String.class)
                .orShould()
                .callMethod(Boolean.class, "getBoolean", String.class)
                .because("the table at start must show everything a server was told")
                .check(SERVER);
    }

    @Test
    void onlyMainWritesToStandardOutput() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ServerMain.class.getName())
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .because("standard output carries the READY line, and everything else is for the log")
                .check(SERVER);
    }

    @Test
    void nothingSleeps() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", long.class, int.class)
                .orShould()
                .callMethod(Thread.class, "sleep", Duration.class)
                .because("what waits, waits for something: a latch, a queue, a timeout that a stop can cut short")
                .check(SERVER);
    }

    @Test
    void threadsAreMadeByBuildersThatNameThem() {
        noClasses()
                .should()
                .callConstructorWhere(target(With.owner(assignableTo(Thread.class))))
                .because("Thread.ofPlatform() and Thread.ofVirtual() say which kind it is, and let it have a name")
                .check(SERVER);
    }
}
