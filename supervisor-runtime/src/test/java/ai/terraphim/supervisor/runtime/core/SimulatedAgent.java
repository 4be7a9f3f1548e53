package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.runtime.core.Script.Outcome;
import ai.terraphim.supervisor.runtime.core.Script.Start;
import ai.terraphim.supervisor.runtime.core.Script.Stop;
import java.util.List;
import java.util.Locale;

/** An agent that does what its script says, each callback in a step of its own. */
final class SimulatedAgent extends Instance {
    private boolean stopping;

    SimulatedAgent(Simulation world, SimulatedSupervisor parent, Child child) {
        super(world, parent.path(child), parent, child);
    }

    @Override
    void start() {
        world.later(this::onStart);
    }

    private void onStart() {
        if (state() != State.NOT_YET) {
            return; // killed before it came to be
        }
        Start start = world.script(path).start(attempt);
        if (start.outcome() == Outcome.OK) {
            exists();
        }
        world.event("start %s %s".formatted(this, start.outcome().name().toLowerCase(Locale.ROOT)));
        world.make(start.calls(), () -> onStarted(start.outcome()));
    }

    private void onStarted(Outcome outcome) {
        if (state() == State.GONE) {
            return; // killed inside its own start callback
        }
        switch (outcome) {
            case OK -> up();
            case IGNORE -> ignored();
            case ERROR, CRASH -> failedToStart(ExitReason.error("error"));
        }
    }

    /**
     * Callbacks do not interrupt each other: asked inside its start, it is asked again after it.
     */
    @Override
    void stop() {
        world.later(() -> {
            if (state() == State.UP && !stopping) {
                stopping = true;
                onStop();
            }
        });
    }

    private void onStop() {
        switch (world.script(path).stop()) {
            case Stop.End(ExitReason reason) -> end(reason);
            case Stop.Slow(var time) -> world.after(time, () -> end(ExitReason.shutdown()));
            case Stop.Hang _ -> {}
            case Stop.Calling(var calls) ->
                    world.make(
                            world.isFirstStop(path) ? calls : List.of(),
                            () -> end(ExitReason.shutdown()));
        }
    }

    @Override
    void kill() {
        world.later(() -> end(ExitReason.kill()));
    }

    @Override
    void orphan() {
        kill();
    }

    @Override
    void exit(ExitReason reason, Runnable then) {
        end(reason);
        then.run();
    }

    private void end(ExitReason reason) {
        switch (state()) {
            case NOT_YET -> failedToStart(reason);
            case STARTING, UP -> gone(reason);
            case NOT_STARTED, GONE -> {}
        }
    }
}
