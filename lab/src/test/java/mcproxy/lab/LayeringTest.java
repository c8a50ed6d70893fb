package mcproxy.lab;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The layers of the house, read off the compiled classes: arrows point one way. */
class LayeringTest {
    /** Each module with those that it may use. */
    private static final Map<String, List<String>> MAY_USE =
            Map.of(
                    "wire", List.of(),
                    "core", List.of("wire"),
                    "config", List.of("wire", "core"),
                    "kernel", List.of("wire"),
                    "control", List.of("wire", "core", "config"),
                    "daemon", List.of("wire", "core", "config", "kernel", "control"),
                    "cli", List.of("wire", "core", "config", "kernel", "control", "daemon"),
                    "lab", List.of("wire", "core", "config", "kernel", "control", "daemon", "cli"));

    private static JavaClasses program;

    @BeforeAll
    static void readTheClasses() {
        program =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("mcproxy");
    }

    @Test
    void everyModuleWasRead() {
        for (String module : MAY_USE.keySet()) {
            assertThat(program.that(resideInAPackage("mcproxy." + module + "..")))
                    .as(module)
                    .hasSizeGreaterThan(5);
        }
    }

    @Test
    void aModuleUsesOnlyThoseBelowIt() {
        MAY_USE.forEach((module, below) -> {
            String[] allowed =
                    Stream.concat(below.stream(), Stream.of(module))
                            .map(name -> "mcproxy." + name + "..")
                            .toArray(String[]::new);
            ArchRule rule =
                    noClasses()
                            .that()
                            .resideInAPackage("mcproxy." + module + "..")
                            .should()
                            .dependOnClassesThat(
                                    resideInAPackage("mcproxy..")
                                            .and(not(resideInAnyPackage(allowed))));
            rule.check(program);
        });
    }

    @Test
    void onlyTheKernelModuleTouchesForeignMemory() {
        noClasses()
                .that()
                .resideOutsideOfPackage("mcproxy.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(program);
    }

    @Test
    void theProtocolKnowsNoClockThreadRandomSourceSocketOrFile() {
        noClasses()
                .that()
                .resideInAnyPackage("mcproxy.wire..", "mcproxy.core..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName(java.util.concurrent.ThreadLocalRandom.class.getName())
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName(java.util.Random.class.getName())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.concurrent..", "java.nio.file..", "java.lang.ref..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.time.Clock.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.net.Socket.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(program);
    }

    @Test
    void noCycleBetweenPackages() {
        slices().matching("mcproxy.(**)").should().beFreeOfCycles().check(program);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes()
                .that()
                .haveSimpleName("package-info")
                .should()
                .beAnnotatedWith(org.jspecify.annotations.NullMarked.class)
                .check(program);
    }
}
