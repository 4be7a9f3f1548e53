package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.MessageTypeException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the classes of one plugin out of another: a message may be of a class of the JDK, of the
 * API or the program around it, or of the receiver's own plugin. Only the message's own class is
 * looked at; what it holds is its sender's business.
 */
final class MessageTypes {
    private static final @Nullable ClassLoader API = AgentContext.class.getClassLoader();
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    private MessageTypes() {}

    /** Refuses a message, or an answer, that must not go to an agent. */
    static void check(Object message, AgentCell to) {
        ClassLoader type = message.getClass().getClassLoader();
        if (type != null
                && !type.equals(API)
                && !type.equals(PLATFORM)
                && !isVisible(type, to.loader())) {
            throw new MessageTypeException(
                    "a %s cannot be sent to %s: its class comes from another plugin (%s), which the receiver would keep in memory; send JDK or API types, such as records of strings written as a Map or JSON"
                            .formatted(message.getClass().getName(), to.pid(), type));
        }
    }

    private static boolean isVisible(ClassLoader type, @Nullable ClassLoader receiver) {
        for (ClassLoader loader = receiver; loader != null; loader = loader.getParent()) {
            if (loader.equals(type)) {
                return true;
            }
        }
        return false;
    }
}
