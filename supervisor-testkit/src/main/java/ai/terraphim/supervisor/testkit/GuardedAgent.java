package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.Health;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.StoredState;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.api.TerminateReason;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One run of an agent, with a look at the {@link Faults} before each of its steps. */
abstract class GuardedAgent {
    private final Faults faults;
    private final SupervisedAgent inner;
    private @Nullable AgentContext real;
    private @Nullable AgentContext shown;
    private @Nullable Thread calling;

    private GuardedAgent(Faults faults, SupervisedAgent inner) {
        this.faults = faults;
        this.inner = inner;
    }

    static SupervisedAgent of(Faults faults, SupervisedAgent agent) {
        return switch (agent) {
            case LoopAgent loop -> new Loop(faults, loop);
            case MessageAgent handler -> new Handler(faults, handler);
        };
    }

    /** The thread that is inside a call of the context, if one is. */
    @Nullable Thread calling() {
        return calling;
    }

    public InitResult init(InitArgs args) throws Exception {
        AgentContext context = args.context();
        AgentContext guarded =
                (AgentContext)
                        Proxy.newProxyInstance(
                                AgentContext.class.getClassLoader(),
                                new Class<?>[] {AgentContext.class},
                                this::call);
        real = context;
        shown = guarded;
        faults.began(context.pid(), this);
        return strike(Step.INIT)
                ? InitResult.ignore()
                : inner.init(new InitArgs(args.spec(), guarded, args.snapshot()));
    }

    public int stateVersion() {
        return inner.stateVersion();
    }

    public Record migrate(StoredState older) throws Exception {
        return inner.migrate(older);
    }

    public Optional<? extends Record> state() throws Exception {
        return inner.state();
    }

    public void start(AgentContext context) throws Exception {
        strike(Step.START);
        inner.start(shown(context));
    }

    public void stop(AgentContext context) throws Exception {
        strike(Step.STOP);
        inner.stop(shown(context));
    }

    public void terminate(TerminateReason reason) throws Exception {
        strike(Step.TERMINATE);
        inner.terminate(reason);
    }

    public void handleSystemMessage(SystemMessage message, AgentContext context) {
        inner.handleSystemMessage(message, shown(context));
    }

    public Health healthCheck(AgentContext context) throws Exception {
        return inner.healthCheck(shown(context));
    }

    AgentContext shown(AgentContext context) {
        return Objects.requireNonNullElse(shown, context);
    }

    /** A call of the context, whichever methods that has. */
    private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments)
            throws Throwable {
        if (method.getDeclaringClass() != Object.class) {
            strike(Step.CALL);
        }
        calling = Thread.currentThread();
        Object result = null;
        Throwable thrown = null;
        try {
            result = method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            thrown = e.getCause();
        } finally {
            calling = null;
        }
        strikeAtOnce(); // a fault ends a wait, which is then why it has returned or thrown
        if (thrown != null) {
            throw thrown;
        }
        return result;
    }

    /** Lets happen what is to happen here; true if the agent is to be ignored. */
    boolean strike(Step step) throws Exception {
        strikeAtOnce();
        AgentContext context = context();
        return happens(faults.at(context.pid(), context.run(), step), step);
    }

    private void strikeAtOnce() throws Exception {
        happens(faults.atOnce(context().pid()), Step.CALL);
    }

    private boolean happens(@Nullable Fault fault, Step step) throws Exception {
        switch (fault) {
            case null -> {}
            case Fault.Crash _ -> {
                Thread.interrupted(); // how it was woken
                throw new InjectedFaultException(step);
            }
            case Fault.Exit(var reason) -> {
                Thread.interrupted();
                throw new AgentExitException(reason);
            }
            case Fault.Hang _ -> faults.hang();
            case Fault.Slow(var time) -> {
                try {
                    context().sleep(time);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // for the agent to see
                }
            }
            case Fault.Ignore _ -> {
                return step == Step.INIT;
            }
        }
        return false;
    }

    private AgentContext context() {
        return Objects.requireNonNull(real, "init comes first");
    }

    private static final class Loop extends GuardedAgent implements LoopAgent {
        private final LoopAgent loop;

        Loop(Faults faults, LoopAgent loop) {
            super(faults, loop);
            this.loop = loop;
        }

        @Override
        public void run(AgentContext context) throws Exception {
            strike(Step.RUN);
            loop.run(shown(context));
        }
    }

    private static final class Handler extends GuardedAgent implements MessageAgent {
        private final MessageAgent handler;

        Handler(Faults faults, MessageAgent handler) {
            super(faults, handler);
            this.handler = handler;
        }

        @Override
        public void handle(Object message, AgentContext context) throws Exception {
            strike(Step.MESSAGE);
            if (!(message instanceof Faults.Nudge)) {
                handler.handle(message, shown(context));
            }
        }
    }
}
