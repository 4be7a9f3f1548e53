package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * An agent that behaves as its configuration says, to try a tree with. It handles messages, which
 * is to say that it remembers them; its {@link TestAgentFactory} has the list. Works on real
 * threads as well as in a simulation, and in a tree file as the type {@code test}.
 */
public final class TestAgent implements MessageAgent {

    /** How something ends. */
    public enum Outcome {
        /** Well. */
        OK,
        /** By throwing. */
        ERROR,
        /** Not at all, whatever is asked; the thread is lost. */
        HANG,
        /** For the start only: saying that the agent need not run now. */
        IGNORE
    }

    /**
     * What the agent does; all of it may be left out.
     *
     * @param init how the start ends; well by default
     * @param initTakes how long the start takes; no time by default
     * @param crashAtMessage which message of a run, counted from 1, makes it crash; none by default
     * @param hangAtMessage which message of a run, counted from 1, makes it hang; none by default
     * @param messageTakes how long each message takes; no time by default
     * @param stop how an orderly stop ends; well by default
     * @param stopTakes how long an orderly stop takes; no time by default
     */
    public record Script(
            Optional<Outcome> init,
            Optional<Duration> initTakes,
            OptionalInt crashAtMessage,
            OptionalInt hangAtMessage,
            Optional<Duration> messageTakes,
            Optional<Outcome> stop,
            Optional<Duration> stopTakes) {

        /** Checks what makes no sense. */
        public Script {
            if (stop.equals(Optional.of(Outcome.IGNORE))) {
                throw new IllegalArgumentException(
                        "only a start can be ignored; stop is ok, error or hang");
            }
        }
    }

    private final Script script;
    private final Consumer<Object> received;
    private int messages;

    TestAgent(Script script, Consumer<Object> received) {
        this.script = script;
        this.received = received;
    }

    @Override
    public InitResult init(InitArgs args) throws InterruptedException {
        end(args.context(), script.initTakes(), script.init());
        return script.init().equals(Optional.of(Outcome.IGNORE))
                ? InitResult.ignore()
                : InitResult.ok();
    }

    @Override
    public void handle(Object message, AgentContext context) throws InterruptedException {
        messages++;
        Outcome outcome =
                script.crashAtMessage().equals(OptionalInt.of(messages))
                        ? Outcome.ERROR
                        : script.hangAtMessage().equals(OptionalInt.of(messages))
                                ? Outcome.HANG
                                : Outcome.OK;
        end(context, script.messageTakes(), Optional.of(outcome));
        received.accept(message);
    }

    @Override
    public void stop(AgentContext context) throws InterruptedException {
        end(context, script.stopTakes(), script.stop());
    }

    private static void end(
            AgentContext context, Optional<Duration> after, Optional<Outcome> outcome)
            throws InterruptedException {
        if (after.isPresent()) {
            context.sleep(after.get());
        }
        switch (outcome.orElse(Outcome.OK)) {
            case OK, IGNORE -> {}
            case ERROR -> throw new IllegalStateException("as scripted");
            case HANG -> hang();
        }
    }

    private static void hang() {
        while (true) {
            LockSupport.park();
            Thread.interrupted();
        }
    }
}
