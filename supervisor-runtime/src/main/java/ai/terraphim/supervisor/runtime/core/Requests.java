package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.core.Job.Goal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a job of what somebody asks of a supervisor, or answers it at once. */
final class Requests {
    private static final Answer DONE = new Answer.Done();

    private final CurrentConfig config;
    private final Children children;
    private final Admission admission;
    private final Groups groups;
    private final Conditions conditions;
    private final Effects effects;

    Requests(
            CurrentConfig config,
            Children children,
            Admission admission,
            Groups groups,
            Conditions conditions,
            Effects effects) {
        this.config = config;
        this.children = children;
        this.admission = admission;
        this.groups = groups;
        this.conditions = conditions;
        this.effects = effects;
    }

    /**
     * Takes a request whose turn has come.
     *
     * @return what carries it out and answers it; null if it has been answered
     * @throws SupervisionException if it is refused
     */
    @Nullable Job take(Request request, Object ticket) {
        return switch (request) {
            case Request.StartChild(var spec) -> add(admission.newChild(spec), ticket);
            case Request.StartInstance(var settings) ->
                    add(admission.newInstance(settings), ticket);
            case Request.TerminateChild(var childId) -> {
                Child child = admission.named(childId);
                stoppedByHand(child, child.is(RestartType.TEMPORARY));
                yield Job.asked(Goal.TERMINATE, child, ticket).stop(child, child);
            }
            case Request.RestartChild(var childId) -> {
                Child child = admission.namedAndDown(childId, "stop it first, or use restart");
                conditions.forgive(child);
                yield Job.asked(Goal.START, child, ticket).start(child, child);
            }
            case Request.DeleteChild(var childId) -> {
                Child child = admission.namedAndDown(childId, "stop it first");
                stoppedByHand(child, true);
                yield Job.asked(Goal.REMOVE, child, ticket);
            }
            case Request.StopAgent(var childId) -> {
                Child child = admission.presentOrGone(childId);
                if (child == null) {
                    yield answered(ticket, DONE);
                }
                stoppedByHand(child, true);
                yield Job.asked(Goal.REMOVE, child, ticket).stop(child, child);
            }
            case Request.RestartAgent(var childId) -> restart(admission.present(childId), ticket);
            case Request.HandleAgentExit(var childId, var run, var reason) -> {
                Child child = admission.present(childId);
                boolean isMeant = run == Request.HandleAgentExit.CURRENT || run == child.run;
                yield child.isLive() && isMeant
                        ? reportedExit(child, reason, ticket)
                        : answered(ticket, DONE); // that run has ended, and it is known
            }
            case Request.ChangeSpecs(var changed) -> {
                change(changed);
                yield answered(ticket, DONE);
            }
            case Request.WhichChildren _ -> answered(ticket, new Answer.Listed());
            case Request.CountChildren _ -> answered(ticket, new Answer.Counted(admission.count()));
        };
    }

    private @Nullable Job answered(Object ticket, Answer answer) {
        effects.reply(ticket, answer);
        return null;
    }

    private Job add(Child child, Object ticket) {
        effects.admit(List.of(child.spec()));
        children.append(child);
        effects.added(child);
        return Job.asked(Goal.ADD, child, ticket).start(child, child);
    }

    /** A stop is recorded before it is carried out. */
    private void stoppedByHand(Child child, boolean forGood) {
        child.stoppedByHand = true;
        effects.stoppedByHand(child, forGood);
    }

    /** Restarts a child at once, and if the restart of its group waits, the group. */
    private Job restart(Child child, Object ticket) {
        Child waiting = groups.waiting();
        if (child.isPutAside()) {
            conditions.forgive(child);
        }
        return waiting != null && groups.isConcerned(waiting, child)
                ? groups.restart(Job.asked(Goal.RESTART, waiting, ticket), waiting)
                : Job.asked(Goal.START, child, ticket).stop(child, child).start(child, child);
    }

    private static Job reportedExit(Child child, ExitReason reason, Object ticket) {
        return new Job(Goal.REPORTED_EXIT, child, ticket, reason).stop(child, child);
    }

    private void change(SupervisorConfig changed) {
        Child waiting = groups.waiting();
        if (waiting != null && changed.strategy() != config.get().strategy()) {
            throw admission.groupWaits(waiting);
        }
        effects.admit(admission.newChildren(changed));
        config.set(changed);
        SpecChange.apply(changed, children);
        effects.respecified(changed);
    }
}
