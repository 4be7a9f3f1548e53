package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.core.Child;
import ai.terraphim.supervisor.runtime.core.Signal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A child that is a supervisor itself, over all its lives. */
final class NestedHandle extends ChildHandle {

    /** One life of it, and which run that is to its parent. */
    private record Current(SupervisorCell cell, long run, Extras extras) {}

    private volatile @Nullable Current current;

    NestedHandle(SupervisorCell supervisor, Child child) {
        super(supervisor, child);
    }

    @Override
    Task start(long run) {
        Extras extras = new Extras();
        SupervisorCell cell =
                new SupervisorCell(
                        supervisor.engine,
                        new SupervisorId(pid().path()),
                        (SupervisorConfig) child.spec(),
                        new ToParent(run, extras));
        current = new Current(cell, run, extras);
        return cell.boot();
    }

    /** What a life tells is a signal to the parent. */
    private final class ToParent implements SupervisorCell.Owner {
        private final long run;
        private final Extras extras;

        ToParent(long run, Extras extras) {
            this.run = run;
            this.extras = extras;
        }

        @Override
        public @Nullable Task booted() {
            return supervisor.offer(new Signal.Started(child, run, InitResult.ok()));
        }

        @Override
        public @Nullable Task bootFailed(ExitReason reason, List<String> causes) {
            return over(new Signal.StartFailed(child, run, reason, causes), reason);
        }

        @Override
        public @Nullable Task ended(ExitReason reason, List<String> causes) {
            return over(new Signal.Exited(child, run, reason, causes), reason);
        }

        private @Nullable Task over(Signal signal, ExitReason reason) {
            Task parent = supervisor.offer(signal);
            extras.end(new Life(pid(), run), reason);
            return parent;
        }
    }

    @Override
    @Nullable Task stop(boolean byName) {
        return tell(new Signal.StopRequested(ExitReason.shutdown()));
    }

    @Override
    boolean poke() {
        return true; // it hears whatever it is busy with
    }

    @Override
    @Nullable Task kill() {
        return tell(new Signal.Killed());
    }

    @Override
    @Nullable Task fail(ExitReason reason) {
        return kill();
    }

    @Override
    @Nullable Task orphan() {
        orphaned();
        return tell(new Signal.StopRequested(ExitReason.kill()));
    }

    /** See {@link SupervisorCell#orphaned(boolean)}. */
    void orphaned() {
        Current now = current;
        if (now != null) {
            now.cell.orphaned(supervisor.givesPlacesOnce());
        }
    }

    private @Nullable Task tell(Signal signal) {
        Current now = current;
        return now == null ? null : now.cell.offer(signal);
    }

    @Override
    void rest() {}

    @Override
    void respecified() {}

    @Override
    long newestRun() {
        Current now = current;
        return now == null ? 0 : now.run;
    }

    @Override
    @Nullable Extras extras(long run) {
        Current now = current;
        return now == null || now.run != run ? null : now.extras;
    }

    @Override
    @Nullable AgentPid awaitedCaller() {
        Current now = current;
        return now == null ? null : now.cell.awaitedCaller();
    }

    @Override
    @Nullable String suspendedOn() {
        return null;
    }

    @Override
    Optional<Instant> lastCheckpoint() {
        return Optional.empty();
    }

    @Override
    Object describeCheckpoint() {
        return "";
    }
}
