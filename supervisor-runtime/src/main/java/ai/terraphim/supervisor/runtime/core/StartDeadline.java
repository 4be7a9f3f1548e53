package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ExitReason;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When the start that a supervisor waits for is overdue, if it ever is. The time for it stands
 * still while the child waits for what it cannot help.
 */
final class StartDeadline {
    private final Effects effects;
    private Optional<Duration> limit = Optional.empty();
    private long due;

    /** How much of the time is left, while it stands still. */
    private @Nullable Duration left;

    StartDeadline(Effects effects) {
        this.effects = effects;
    }

    /** The start of a child has been ordered. */
    void begin(Child child, long now) {
        limit =
                child.spec() instanceof AgentSpec agent
                        ? agent.safeguards().deadlines().init()
                        : Optional.empty();
        left = null;
        if (limit.isPresent()) {
            run(child, now, limit.get());
        }
    }

    void pause(long now) {
        if (limit.isPresent() && left == null) {
            left = Duration.ofNanos(Math.max(0, due - now));
            effects.cancelTimer();
        }
    }

    void resume(Child child, long now) {
        if (left != null) {
            run(child, now, left);
            left = null;
        }
    }

    private void run(Child child, long now, Duration time) {
        due = now + RestartWindow.saturatedNanos(time);
        effects.startTimer(new Signal.Overdue(child, child.run), time);
    }

    /** Whether it is time, as against a timer that rang when the time began to stand still. */
    boolean isOver(long now) {
        return left == null && due - now <= 0;
    }

    /** Why a child fails whose time is over. */
    ExitReason reason() {
        return ExitReason.timeout("init, " + DurationText.of(limit.orElseThrow()));
    }
}
