package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StateStore;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import ai.terraphim.supervisor.runtime.observe.Events;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all supervisors and agents of one runtime share. */
final class Engine {
    static final int DEFAULT_MAILBOX_CAPACITY = 10_000;

    final Logger log = LoggerFactory.getLogger("ai.terraphim.supervisor");
    final AgentTypes types;
    final StateStore store;
    final Path dataFolder;
    final Time time;
    final Events events;
    final Duration requestTimeout = Duration.ofSeconds(30);
    final int mailboxCapacity = DEFAULT_MAILBOX_CAPACITY;

    /** Supervisors that are alive, and all children, by path. */
    final Map<String, SupervisorCell> supervisors = new ConcurrentHashMap<>();

    final Map<String, ChildHandle> children = new ConcurrentHashMap<>();

    /** Killed runs whose threads have not ended. */
    final Set<AgentRun> abandoned = ConcurrentHashMap.newKeySet();

    final LongAdder restarts = new LongAdder();
    final LongAdder crashes = new LongAdder();
    final LongAdder escalations = new LongAdder();
    final LongAdder deadLetters = new LongAdder();

    private final Map<String, AtomicLong> runs = new ConcurrentHashMap<>();
    private final Map<String, List<StoredChild>> storedChildren = new ConcurrentHashMap<>();

    Engine(AgentTypes types, StateStore store, Recovery recovery, Path dataFolder, Time time, Events events) {
        this.types = types;
        this.store = store;
        this.dataFolder = dataFolder;
        this.time = time;
        this.events = events;
        recovery.lastRuns().forEach((path, run) -> runs.put(path, new AtomicLong(run)));
        for (StoredChild child : recovery.children()) {
            storedChildren
                    .computeIfAbsent(child.supervisor().path(), _ -> new ArrayList<>())
                    .add(child);
        }
    }

    /** The number of the next run at a path: one more than ever before, whatever was restarted or deleted meanwhile. */
    long nextRun(String path) {
        return runs.computeIfAbsent(path, _ -> new AtomicLong()).incrementAndGet();
    }

    /** The children that were added to a supervisor in an earlier life of the JVM, once: its next life begins without. */
    List<StoredChild> takeStoredChildren(String supervisorPath) {
        List<StoredChild> stored = storedChildren.remove(supervisorPath);
        return stored == null ? List.of() : stored;
    }

    void startThread(String name, Runnable body) {
        Thread.ofVirtual().name(name).inheritInheritableThreadLocals(false).start(body);
    }

    void tell(AgentPid to, Object message) {
        ChildHandle handle = children.get(to.path());
        AgentCell agent = handle == null ? null : handle.agent;
        if (agent == null) {
            deadLetters.increment();
            throw new ChildNotFoundException("there is no agent " + to);
        }
        try {
            agent.tell(message);
        } catch (ChildNotFoundException e) {
            deadLetters.increment();
            throw e;
        }
    }
}
