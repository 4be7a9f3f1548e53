package ai.terraphim.supervisor.distribution;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keeps the arrows between modules and packages as the architecture draws them. */
class ArchitectureTest {

    private static final String BASE = "ai.terraphim.supervisor";
    private static final String API = BASE + ".api..";
    private static final String RUNTIME = BASE + ".runtime..";
    private static final String CORE = BASE + ".runtime.core..";
    private static final String SHELL = BASE + ".runtime.shell..";
    private static final String OBSERVE = BASE + ".runtime.observe..";
    private static final String GUARD = BASE + ".runtime.guard..";
    private static final String CONFIG = BASE + ".runtime.config..";
    private static final String PLUGIN = BASE + ".runtime.plugin..";
    private static final String JMX = BASE + ".runtime.jmx..";
    private static final String TESTKIT = BASE + ".testkit..";
    private static final String PERSISTENCE = BASE + ".persistence..";
    private static final String PLUGINS = BASE + ".plugins..";
    private static final String DISTRIBUTION = BASE + ".distribution..";
    private static final String BENCHMARKS = BASE + ".benchmarks..";

    /** Values, collections and what the compiler itself links lambdas, records and switches to. */
    private static final DescribedPredicate<JavaClass> VALUES_AND_COLLECTIONS =
            resideInAnyPackage(
                            "java.lang",
                            "java.lang.annotation",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.math",
                            "java.time",
                            "java.util",
                            "java.util.function",
                            "java.util.stream",
                            "org.jspecify.annotations")
                    .and(
                            DescribedPredicate.not(
                                    describe(
                                            "a thread, clock or random source",
                                            type ->
                                                    Set.of(
                                                                    "java.lang.Process",
                                                                    "java.lang.ProcessBuilder",
                                                                    "java.lang.Runtime",
                                                                    "java.lang.ScopedValue",
                                                                    "java.lang.Thread",
                                                                    "java.lang.ThreadGroup",
                                                                    "java.lang.ThreadLocal",
                                                                    "java.lang.InheritableThreadLocal",
                                                                    "java.time.Clock",
                                                                    "java.time.InstantSource",
                                                                    "java.util.Random",
                                                                    "java.util.Timer",
                                                                    "java.util.TimerTask")
                                                            .contains(type.getName()))))
                    .as("values and collections of java.base");

    private static JavaClasses code;

    @BeforeAll
    static void readTheClassesOfAllModules() {
        code =
                new ClassFileImporter()
                        .withImportOption(location -> !location.contains("/jmh_generated/"))
                        .importPaths(Modules.mainClasses());
    }

    @Test
    void seesEveryModule() {
        for (String module :
                new String[] {
                    "api", "runtime", "testkit", "persistence", "plugins", "distribution"
                }) {
            assertThat(code)
                    .as(module)
                    .anyMatch(type -> type.getPackageName().startsWith(BASE + "." + module));
        }
    }

    @Test
    void apiDependsOnTheJdkAndJSpecifyOnly() {
        check(
                classes()
                        .that()
                        .resideInAPackage(API)
                        .should()
                        .onlyDependOnClassesThat()
                        .resideInAnyPackage(API, "java..", "org.jspecify.annotations"));
    }

    @Test
    void runtimeKnowsOfTheProjectOnlyTheApi() {
        check(knowsOfTheProjectOnly(RUNTIME, API, RUNTIME));
    }

    @Test
    void persistenceKnowsOfTheProjectOnlyTheApi() {
        check(knowsOfTheProjectOnly(PERSISTENCE, API, PERSISTENCE));
    }

    @Test
    void testkitKnowsOfTheProjectOnlyTheApiAndTheRuntimesDoorAndHost() {
        check(
                knowsOfTheProjectOnly(
                        TESTKIT, API, BASE + ".runtime", BASE + ".runtime.host..", TESTKIT));
    }

    @Test
    void nothingKnowsTheBenchmarksAndTheyDoWithoutTheDistribution() {
        check(knowsOfTheProjectOnly(BENCHMARKS, API, RUNTIME, PERSISTENCE, BENCHMARKS));
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(BENCHMARKS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(BENCHMARKS));
    }

    @Test
    void pluginsDependOnTheApiOnly() {
        check(
                classes()
                        .that()
                        .resideInAPackage(PLUGINS)
                        .should()
                        .onlyDependOnClassesThat()
                        .resideInAnyPackage(API, PLUGINS, "java..", "org.jspecify.annotations"));
    }

    @Test
    void pluginsDoNotKnowEachOther() {
        check(slices().matching(BASE + ".plugins.(*)..").should().notDependOnEachOther());
    }

    @Test
    void modulesFormNoCircle() {
        check(slices().matching(BASE + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void coreUsesOnlyTheApiAndValuesAndCollections() {
        check(
                classes()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .onlyDependOnClassesThat(
                                resideInAnyPackage(API, CORE).or(VALUES_AND_COLLECTIONS)));
    }

    @Test
    void coreReadsNoClockAndRollsNoDice() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .accessTargetWhere(
                                describe(
                                        "the time, randomness or the environment is read",
                                        ArchitectureTest::readsTimeRandomnessOrEnvironment)));
    }

    @Test
    void theEngineReadsClocksWaitsForATimeAndMakesThreadsThroughItsHostOnly() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage(BASE + ".runtime", SHELL, GUARD, OBSERVE)
                        .should()
                        .accessTargetWhere(
                                describe(
                                        "the machine's time is read or waited for, or a thread is made",
                                        ArchitectureTest::escapesTheHost)));
    }

    @Test
    void onlyPluginUsesPf4j() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(PLUGIN)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.pf4j.."));
    }

    @Test
    void onlyGuardUsesResilience4j() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(GUARD)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.github.resilience4j.."));
    }

    @Test
    void onlyJmxAndTheCommandLineUseJavaxManagement() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(JMX, DISTRIBUTION)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("javax.management.."));
    }

    @Test
    void onlyPersistenceUsesSql() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(
                                PERSISTENCE, BENCHMARKS) // bare JDBC is a peer there
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "java.sql..", "javax.sql..", "org.jdbi..", "org.sqlite.."));
    }

    @Test
    void onlyConfigPersistenceAndTheCommandLineUseJackson() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(CONFIG, PERSISTENCE, DISTRIBUTION)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("tools.jackson..", "com.fasterxml.jackson.."));
    }

    @Test
    void noMethodIsSynchronized() {
        check(noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED));
    }

    private static ArchRule knowsOfTheProjectOnly(String who, String... known) {
        return noClasses()
                .that()
                .resideInAPackage(who)
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("ai.terraphim..")
                                .and(DescribedPredicate.not(resideInAnyPackage(known))));
    }

    private static boolean readsTimeRandomnessOrEnvironment(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getName();
        return switch (owner) {
            case "java.lang.System" -> !Set.of("arraycopy", "identityHashCode").contains(name);
            case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
            case "java.util.UUID" -> name.equals("randomUUID");
            case "java.util.Collections" -> name.equals("shuffle");
            default -> owner.startsWith("java.time.") && name.equals("now");
        };
    }

    /** What a simulation could not see. */
    private static boolean escapesTheHost(JavaAccess<?> access) {
        String name = access.getName();
        return switch (access.getTargetOwner().getName()) {
            case "java.lang.System" -> Set.of("nanoTime", "currentTimeMillis").contains(name);
            case "java.lang.Thread" ->
                    name.startsWith("of")
                            || Set.of("<init>", "startVirtualThread", "sleep", "join")
                                    .contains(name);
            case "java.util.concurrent.locks.LockSupport" -> name.startsWith("park");
            case "java.util.concurrent.Executors" -> true;
            case "java.util.concurrent.CompletableFuture" ->
                    Set.of("orTimeout", "completeOnTimeout", "delayedExecutor").contains(name)
                            || name.endsWith("Async");
            default ->
                    access.getTargetOwner().getName().startsWith("java.time.")
                            && name.equals("now");
        };
    }

    /** Some packages are empty while the project is young; a rule about them holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(code);
    }
}
