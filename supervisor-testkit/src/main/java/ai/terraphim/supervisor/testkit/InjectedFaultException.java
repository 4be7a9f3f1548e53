package ai.terraphim.supervisor.testkit;

import java.io.Serial;

/** What an agent throws that was made to crash. */
public final class InjectedFaultException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    InjectedFaultException(Step step) {
        super("crash injected at " + step);
    }
}
