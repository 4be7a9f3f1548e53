package ai.terraphim.supervisor.distribution;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Ctrl-C, SIGTERM and the end of the terminal. Handled here and not by a shutdown hook, because a
 * JVM that is ended by its hooks reports 128 and the signal's number, which service managers take
 * for a failure.
 *
 * <p>{@code sun.misc.Signal} is supported by the JDK (module {@code jdk.unsupported}, JEP 260), but
 * javac warns of it in a way that cannot be silenced, and here warnings are errors: hence
 * reflection.
 */
final class Signals {

    private Signals() {}

    /**
     * Calls for every signal that asks the program to end.
     *
     * @param onSignal is given the signal's name, such as {@code TERM}; called on a thread of its
     *     own
     */
    static void handle(Consumer<String> onSignal) {
        for (String name : List.of("INT", "TERM", "HUP")) {
            try {
                handle(name, onSignal);
            } catch (InvocationTargetException e) { // not on this system, as HUP on Windows
                LoggerFactory.getLogger(Signals.class).debug("no SIG{} here", name, e.getCause());
            } catch (
                    ReflectiveOperationException e) { // then the JVM's own way, with its exit codes
                LoggerFactory.getLogger(Signals.class).warn("signals cannot be handled", e);
            }
        }
    }

    private static void handle(String name, Consumer<String> onSignal)
            throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        Object handler =
                Proxy.newProxyInstance(
                        Signals.class.getClassLoader(),
                        new Class<?>[] {handlerType},
                        (_, method, _) -> {
                            if (!method.getName().equals("handle")) {
                                throw new UnsupportedOperationException(method.getName());
                            }
                            onSignal.accept(name);
                            return null;
                        });
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object before = handle.invoke(null, signal, handler);
        Object ignore = handlerType.getField("SIG_IGN").get(null);
        if (ignore.equals(before)) { // as under nohup: it is to be ignored
            handle.invoke(null, signal, before);
        }
    }
}
