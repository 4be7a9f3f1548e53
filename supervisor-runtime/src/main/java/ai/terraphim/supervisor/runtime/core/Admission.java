package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ChildStateException.Conflict;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.LimitExceededException;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a request can be carried out as the children stand now: finds or makes the child
 * that it concerns, or throws the {@link SupervisionException} that tells why not. Changes nothing.
 */
final class Admission {
    private final SupervisorId id;
    private final Children children;
    private final CurrentConfig config;

    /** The number of the newest instance of a pool. A number is never given twice. Any thread. */
    private volatile long lastInstance;

    Admission(SupervisorId id, CurrentConfig config, Children children, long lastInstance) {
        this.id = id;
        this.config = config;
        this.children = children;
        this.lastInstance = lastInstance;
    }

    long lastInstance() {
        return lastInstance;
    }

    // ---- children to be

    Child newChild(ChildSpec spec) {
        refuseIfPool("spawn an instance of its template instead");
        if (spec.significant() && config.get().autoShutdown() == AutoShutdown.NEVER) {
            throw invalid(
                    path(spec.id()) + ".significant",
                    "needs a supervisor with auto_shutdown, and that of %s is never; leave it out"
                            .formatted(id));
        }
        Child present = children.find(spec.id());
        if (present != null) {
            throw switch (present.state()) {
                case UP -> alreadyStarted(spec, "runs already");
                case STARTING -> alreadyStarted(spec, "is starting already");
                case STOPPING, RESTARTING, DOWN, BACKOFF, SUSPENDED, PARKED, COOLING ->
                        conflict(
                                Conflict.ALREADY_PRESENT,
                                path(spec.id())
                                        + " is present but does not run; restart it, or delete it first");
            };
        }
        try {
            spec.restarts().checkMortal(config.get().intensity());
        } catch (IllegalArgumentException e) {
            throw invalid(path(spec.id()) + ".backoff", String.valueOf(e.getMessage()));
        }
        return new Child(withinLimit(spec), true);
    }

    private ChildStateException alreadyStarted(ChildSpec spec, String what) {
        return conflict(
                Conflict.ALREADY_STARTED,
                "%s %s; stop and delete it first, or choose another id"
                        .formatted(path(spec.id()), what));
    }

    Child newInstance(Map<String, ?> settings) {
        if (!config.get().isPool()) {
            throw conflict(
                    Conflict.NO_POOL,
                    id
                            + " is no pool and has no template; spawn a child with a spec of its own instead");
        }
        ChildSpec template = config.get().children().getFirst();
        if (template instanceof SupervisorConfig && !settings.isEmpty()) {
            throw invalid(
                    id + "/" + template.id(),
                    "is a template of supervisors, which take no config; spawn it without");
        }
        long number = lastInstance + 1;
        Child instance =
                new Child(
                        withinLimit(Template.instance(template, Long.toString(number), settings)),
                        true);
        lastInstance = number;
        return instance;
    }

    private ChildSpec withinLimit(ChildSpec spec) {
        if (children.size() >= config.get().maxChildren()) {
            throw new LimitExceededException(
                    "%s has %d children, which is its max_children; delete some or raise it"
                            .formatted(id, children.size()));
        }
        return spec;
    }

    // ---- children that are

    /** A child that an operation by id concerns. */
    Child named(String childId) {
        refuseIfPool("stop the instance by its pid instead");
        return present(childId);
    }

    /** A child that an operation by id concerns, and that must be down. */
    Child namedAndDown(String childId, String remedy) {
        Child child = named(childId);
        return switch (child.state()) {
            case DOWN, PARKED, COOLING -> child;
            case RESTARTING, BACKOFF, SUSPENDED ->
                    throw conflict(
                            Conflict.RESTARTING, path(childId) + " is restarting; " + remedy);
            case STARTING, UP, STOPPING ->
                    throw conflict(Conflict.RUNNING, path(childId) + " is running; " + remedy);
        };
    }

    /** A child, or an instance of a pool, that is there. */
    Child present(String childId) {
        Child child = children.find(childId);
        if (child == null) {
            throw new ChildNotFoundException(
                    "%s has no child '%s'; children() lists those it has".formatted(id, childId));
        }
        return child;
    }

    /** As {@link #present}; null for an instance of a pool that was there once. */
    @Nullable Child presentOrGone(String childId) {
        return config.get().isPool() && children.find(childId) == null && wasGiven(childId)
                ? null
                : present(childId);
    }

    private boolean wasGiven(String childId) {
        try {
            long number = Long.parseLong(childId);
            return number > 0 && number <= lastInstance;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private void refuseIfPool(String remedy) {
        if (config.get().isPool()) {
            throw conflict(
                    Conflict.SIMPLE_ONE_FOR_ONE,
                    "%s is a pool, whose children have no ids of their own; %s"
                            .formatted(id, remedy));
        }
    }

    /** That the strategy cannot change now. */
    ChildStateException groupWaits(Child root) {
        return conflict(
                Conflict.RESTARTING,
                "%s waits to restart the group of '%s', and its strategy cannot change meanwhile; restart that child first, or ask again later"
                        .formatted(id, root.spec().id()));
    }

    // ---- the rest

    /**
     * A pool counts an instance as active until its end has been handled, others only as long as
     * they live: the reference does, too.
     */
    ChildCounts count() {
        int all = 0;
        int active = 0;
        int supervisors = 0;
        for (Child child = children.first(); child != null; child = child.next) {
            all++;
            active += isCountedActive(child) ? 1 : 0;
            supervisors += child.spec() instanceof SupervisorConfig ? 1 : 0;
        }
        return new ChildCounts(
                config.get().isPool() ? 1 : all, active, supervisors, all - supervisors);
    }

    private boolean isCountedActive(Child child) {
        return config.get().isPool() ? child.state() == Child.State.UP : child.isActive();
    }

    /**
     * The specs of those children that the supervisor would have more if it went on with another
     * configuration.
     */
    List<ChildSpec> newChildren(SupervisorConfig changed) {
        if (!changed.id().equals(config.get().id())) {
            throw invalid(id.path(), "cannot become '%s'; keep its id".formatted(changed.id()));
        }
        if (changed.isPool() != config.get().isPool()) {
            throw invalid(
                    id + ".strategy",
                    "a running supervisor can neither become a pool nor cease to be one; stop it and start another");
        }
        for (ChildSpec spec : changed.children()) {
            Child present = changed.isPool() ? children.first() : children.find(spec.id());
            if (present != null && present.spec().getClass() != spec.getClass()) {
                throw invalid(
                        path(spec.id()),
                        "an agent cannot become a supervisor, nor a supervisor an agent, under the same id; choose another");
            }
        }
        return changed.isPool()
                ? List.of()
                : changed.children().stream()
                        .filter(spec -> children.find(spec.id()) == null)
                        .toList();
    }

    private String path(String childId) {
        return id + "/" + childId;
    }

    private static ChildStateException conflict(Conflict conflict, String message) {
        return new ChildStateException(conflict, message);
    }

    private static ConfigurationException invalid(String path, String message) {
        return new ConfigurationException(
                List.of(new ConfigurationException.Problem("request", 0, path, message)));
    }
}
