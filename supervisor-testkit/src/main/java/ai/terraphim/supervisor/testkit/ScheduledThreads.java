package ai.terraphim.supervisor.testkit;

import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.util.concurrent.Executor;

/**
 * Virtual threads that run where a scheduler of ours lets them. The one class that reaches into the
 * JDK: a builder of virtual threads takes a scheduler there, but only the JDK's own tests may call
 * that constructor.
 */
final class ScheduledThreads {
    private final Constructor<?> builder;

    /**
     * Looks for the constructor.
     *
     * @throws UnsupportedOperationException if this JVM does not let us use it, with the remedy
     */
    ScheduledThreads() {
        try {
            builder =
                    Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                            .getDeclaredConstructor(Executor.class);
            builder.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            throw new UnsupportedOperationException(
                    "the simulation schedules virtual threads, which this JVM does not permit; start it with"
                            + " --add-opens java.base/java.lang=ALL-UNNAMED (with Maven in the argLine of Surefire,"
                            + " with Gradle in jvmArgs of the test task)",
                    e);
        } catch (ReflectiveOperationException e) {
            throw unsupported(e);
        }
    }

    /**
     * A thread that has not been started.
     *
     * @param scheduler is given the thread's continuation each time the thread can go on, and runs
     *     it on a platform thread
     */
    Thread unstarted(Executor scheduler, String name, Runnable body) {
        try {
            return ((Thread.Builder.OfVirtual) builder.newInstance(scheduler))
                    .name(name)
                    .inheritInheritableThreadLocals(false)
                    .unstarted(body);
        } catch (ReflectiveOperationException e) {
            throw unsupported(e);
        }
    }

    private static UnsupportedOperationException unsupported(Exception cause) {
        return new UnsupportedOperationException(
                "the simulation knows the virtual threads of JDK 25, and this is %s; run the tests on 25"
                        .formatted(Runtime.version()),
                cause);
    }
}
