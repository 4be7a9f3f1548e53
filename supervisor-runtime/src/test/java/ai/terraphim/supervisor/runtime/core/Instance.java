package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.runtime.conformance.Words;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One start attempt of one child, and what came of it. */
abstract sealed class Instance permits SimulatedAgent, SimulatedSupervisor {
    final Simulation world;
    final String path;
    final int attempt;
    private final @Nullable SimulatedSupervisor parent;
    private final @Nullable Child child;
    private final List<Runnable> whenGone = new ArrayList<>();
    private State state = State.NOT_YET;
    private @Nullable ExitReason reason;

    enum State {
        /** Its start callback has not run yet. */
        NOT_YET,
        /** It exists, but its start is not over. */
        STARTING,
        UP,
        /** It never came to be. */
        NOT_STARTED,
        /** It was there and is gone. */
        GONE
    }

    Instance(
            Simulation world,
            String path,
            @Nullable SimulatedSupervisor parent,
            @Nullable Child child) {
        this.world = world;
        this.path = path;
        this.attempt = world.nextAttempt(path);
        this.parent = parent;
        this.child = child;
    }

    /** Begins to start. */
    abstract void start();

    /** It is asked by its supervisor to stop. */
    abstract void stop();

    /** It is ended by its supervisor by force. */
    abstract void kill();

    /** Its supervisor is gone. */
    abstract void orphan();

    /**
     * It ends by itself, or is killed from outside.
     *
     * @param reason why
     * @param then is run when it is gone
     */
    abstract void exit(ExitReason reason, Runnable then);

    final State state() {
        return state;
    }

    /** Why it is gone, or did not start. */
    final @Nullable ExitReason reason() {
        return reason;
    }

    final void whenGone(Runnable then) {
        whenGone.add(then);
    }

    // ---- its life

    final void exists() {
        state = State.STARTING;
        world.came(this);
    }

    final void up() {
        state = State.UP;
        if (parent != null && child != null) {
            parent.tell(new Signal.Started(child, attempt, InitResult.ok()));
        }
    }

    final void ignored() {
        state = State.NOT_STARTED;
        if (parent != null && child != null) {
            parent.tell(new Signal.Started(child, attempt, InitResult.ignore()));
        }
    }

    final void failedToStart(ExitReason why) {
        state = State.NOT_STARTED;
        reason = why;
        world.went(this);
        if (parent != null && child != null) {
            parent.tell(new Signal.StartFailed(child, attempt, why, List.of()));
        }
        whenGone.forEach(Runnable::run);
    }

    /** Its exit is in its supervisor's queue before anybody can see that it is gone. */
    final void gone(ExitReason why) {
        state = State.GONE;
        reason = why;
        world.went(this);
        world.event("down %s %s".formatted(this, Words.of(why)));
        if (parent != null && child != null) {
            parent.tell(new Signal.Exited(child, attempt, why, List.of()));
        }
        whenGone.forEach(Runnable::run);
    }

    @Override
    public final String toString() {
        return path + "#" + attempt;
    }
}
