package ai.terraphim.supervisor.testkit;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentDown;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.AskFailedException;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.Monitor;
import ai.terraphim.supervisor.api.NameTakenException;
import ai.terraphim.supervisor.api.ReplyTo;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Agents and clients that tell, ask, watch, tie and name each other by chance, and what must hold
 * of that.
 */
final class RandomTalk {
    private static final List<String> NAMES = List.of("cook", "gardener");

    /** A run, as its supervisor counts it. */
    private record Life(String path, long run) {}

    private record Question(int number) {}

    private record Answer(int question, int number) {}

    /**
     * A watch.
     *
     * @param watcher empty for a client
     * @param newest the newest run of which anything was seen by then; the next may have begun
     */
    private record Watch(Optional<Life> watcher, AgentPid watched, long newest, Monitor monitor) {
        boolean isBy(String path) {
            return watcher.isPresent() && watcher.get().path().equals(path);
        }
    }

    private record Tie(Life one, Life other) {
        boolean isBetween(Life life, AgentPid pid) {
            return (one.equals(life) && other.path().equals(pid.path()))
                    || (other.equals(life) && one.path().equals(pid.path()));
        }
    }

    /** Who was told of the end of which run. */
    private record Notice(String watcher, AgentPid watched, long run) {}

    private final SplittableRandom random;
    private final Simulation sim;
    private final TreeWitness witness;

    /** Whether the agents say anything of their own. */
    private final boolean agentsTalk;

    private final Supplier<AgentPid> anyone;

    /** Runs that do not come back from somewhere. */
    private final Set<Life> hung = new HashSet<>();

    /** Messages that were sent, and are handled or dead letters in the end. */
    private long sent;

    /** Messages that may have been sent besides. */
    private long maybeSent;

    private long taken;
    private int questions;

    /** Who waits for which answer. */
    private final Map<Question, Optional<Life>> open = new LinkedHashMap<>();

    private final Map<Question, Life> inHand = new HashMap<>();

    /** Questions whose handler returns without an answer, and when it does. */
    private final Map<Question, Instant> unanswered = new HashMap<>();

    private final Map<Question, Answer> firstAnswers = new HashMap<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Map<Notice, Integer> heard = new HashMap<>();
    private final List<Tie> ties = new ArrayList<>();

    /** Which run has taken a name, until its agent may have been removed. */
    private final Map<String, Life> owners = new HashMap<>();

    RandomTalk(
            SplittableRandom random,
            Simulation sim,
            TreeWitness witness,
            boolean agentsTalk,
            Supplier<AgentPid> anyone) {
        this.random = random;
        this.sim = sim;
        this.witness = witness;
        this.agentsTalk = agentsTalk;
        this.anyone = anyone;
    }

    /** Called before each step of an agent. */
    void step(AgentPid pid, long run, Step step, Optional<Fault> fault) {
        if (step == Step.MESSAGE) {
            taken++;
        }
        if (fault.orElse(null) instanceof Fault.Hang) {
            hung.add(new Life(pid.path(), run));
        }
    }

    // ---- what clients do

    void tell(AgentSupervisor root) {
        sent++;
        try {
            root.tell(anyone.get(), "message");
        } catch (ChildNotFoundException deadLetter) {
            // is counted
        }
    }

    /** On a thread of the client's own. */
    void ask(AgentSupervisor root) {
        AgentPid to = anyone.get();
        try {
            ask(Optional.empty(), (question, timeout) -> root.ask(to, question, timeout));
        } catch (InterruptedException nobodyInterrupts) {
            throw new AssertionError(nobodyInterrupts);
        }
    }

    void watch(AgentSupervisor root) {
        AgentPid pid = anyone.get();
        watch(Optional.empty(), pid, () -> root.monitor(pid));
    }

    // ---- what agents do

    MessageAgent agent() {
        List<Runnable> later = new ArrayList<>();
        return (message, context) -> {
            Life self = life(context); // a call of the context, which may go wrong: not later
            later.forEach(Runnable::run);
            later.clear();
            switch (message) {
                case Question question -> answer(question, self, context, later);
                case AgentDown down -> hear(down, self.path());
                default -> {
                    if (agentsTalk) {
                        say(self, context);
                    }
                }
            }
        };
    }

    private static Life life(AgentContext context) {
        return new Life(context.pid().path(), context.run());
    }

    private void say(Life self, AgentContext context) throws InterruptedException {
        AgentPid other = anyone.get();
        String name = NAMES.get(random.nextInt(NAMES.size()));
        try {
            switch (random.nextInt(14)) {
                case 0 -> tell(context, other);
                case 1, 2, 3 ->
                        ask(
                                Optional.of(self),
                                (question, timeout) -> context.ask(other, question, timeout));
                case 4, 5, 6 -> watch(Optional.of(self), other, () -> context.monitor(other));
                case 7, 8, 9 -> link(self, context, other);
                case 10 -> {
                    context.unlink(other);
                    ties.removeIf(tie -> tie.isBetween(self, other));
                }
                case 11, 12 -> register(self, context, name);
                default -> {
                    context.unregister(name);
                    owners.computeIfPresent(
                            name, (_, owner) -> owner.path().equals(self.path()) ? null : owner);
                }
            }
        } catch (ChildNotFoundException | NameTakenException refused) {
            // goes on
        }
    }

    private void tell(AgentContext context, AgentPid other) {
        try {
            context.tell(other, "message");
            sent++;
        } catch (ChildNotFoundException deadLetter) {
            sent++;
        }
    }

    private interface Asking {
        Object ask(Question question, Duration timeout) throws InterruptedException;
    }

    private void ask(Optional<Life> asker, Asking asking) throws InterruptedException {
        Question question = new Question(++questions);
        open.put(question, asker);
        try {
            Object answer = asking.ask(question, Duration.ofMillis(random.nextInt(5000)));
            sent++;
            witness.check(
                    answer.equals(firstAnswers.get(question)),
                    "%s was answered with %s, not with %s"
                            .formatted(question, answer, firstAnswers.get(question)));
        } catch (AskFailedException failed) {
            sent++;
            boolean isTooLate = String.valueOf(failed.getMessage()).contains("did not answer");
            witness.check(
                    !isTooLate || isOpenUntil(question, sim.now()),
                    question + " was waited for though nobody was to answer it any more");
        } catch (ChildNotFoundException deadLetter) {
            sent++;
        } catch (InterruptedException stopped) {
            maybeSent++;
            throw stopped;
        } catch (SupervisionException refused) {
            // by itself, or by a run that is over
        } finally {
            open.remove(question);
        }
    }

    private boolean isOpenUntil(Question question, Instant now) {
        Life hand = inHand.get(question);
        return hand == null
                || (!unanswered.getOrDefault(question, now).isBefore(now)
                        && witness.end(hand.path(), hand.run())
                                .map(SupervisionEvent::at)
                                .filter(now::isAfter)
                                .isEmpty());
    }

    private void answer(Question question, Life self, AgentContext context, List<Runnable> later) {
        inHand.put(question, self);
        switch (random.nextInt(6)) {
            case 0 -> unanswered.put(question, sim.now());
            case 1 -> {
                ReplyTo asker = context.replyLater();
                later.add(() -> answer(question, 1, asker));
            }
            default -> {
                answer(question, 1, context::reply);
                answer(question, 2, context::reply);
            }
        }
    }

    private void answer(Question question, int number, ReplyTo asker) {
        Answer answer = new Answer(question.number(), number);
        asker.reply(answer);
        firstAnswers.putIfAbsent(question, answer);
    }

    private void watch(Optional<Life> watcher, AgentPid pid, Supplier<Monitor> begin) {
        Monitor monitor = begin.get();
        long newest = witness.newestRun(pid.path());
        watches.add(new Watch(watcher, pid, newest, monitor));
        maybeSent += watcher.isPresent() ? 1 : 0; // the notice
    }

    private void hear(AgentDown down, String watcher) {
        int times = heard.merge(new Notice(watcher, down.pid(), down.run()), 1, Integer::sum);
        long made =
                watches.stream()
                        .filter(watch -> watch.isBy(watcher) && watch.watched().equals(down.pid()))
                        .count();
        witness.check(
                times <= made,
                "%s watches %s %d times and was told %d times of run %d"
                        .formatted(watcher, down.pid(), made, times, down.run()));
    }

    private void link(Life self, AgentContext context, AgentPid other) {
        long before = witness.runUp(other.path());
        context.link(other);
        if (before > 0 && before == witness.runUp(other.path())) { // which may be another's by now
            ties.add(new Tie(self, new Life(other.path(), before)));
        }
    }

    private void register(Life self, AgentContext context, String name) {
        context.register(name);
        Life before = owners.put(name, self);
        witness.check(
                before == null
                        || before.path().equals(self.path())
                        || witness.isLeftBehind(before.path(), before.run())
                        || !isInTree(new AgentPid(before.path())),
                "%s took the name %s of %s".formatted(self, name, before));
    }

    private boolean isInTree(AgentPid pid) {
        return sim.runtime()
                .supervisor(pid.supervisor())
                .flatMap(supervisor -> supervisor.child(pid))
                .isPresent();
    }

    // ---- what must hold

    void on(SupervisionEvent event) {
        String path = event.path();
        switch (event.kind()) {
            case CHILD_DELETED -> owners.values().removeIf(owner -> owner.path().equals(path));
            case CHILD_EXITED, CHILD_START_FAILED ->
                    owners.values().removeIf(owner -> owner.path().startsWith(path + "/"));
            default -> {}
        }
    }

    /** Nothing happens any more, and everything is up that is to be. */
    void checkAtRest() {
        watches.forEach(this::checkAtRest);
        for (Tie tie : ties) {
            checkSharesItsEnd(tie.one(), tie.other());
            checkSharesItsEnd(tie.other(), tie.one());
        }
        Map<String, AgentPid> names = sim.runtime().names();
        names.forEach((name, pid) ->
                witness.check(isInTree(pid), name + " is the name of nobody: " + pid));
        owners.forEach((name, owner) ->
                witness.check(
                        witness.isLeftBehind(owner.path(), owner.run())
                                || new AgentPid(owner.path()).equals(names.get(name)),
                        "%s is no longer the name of %s, but of %s"
                                .formatted(name, owner, names.get(name))));
    }

    private void checkAtRest(Watch watch) {
        CompletableFuture<AgentDown> told = watch.monitor().down().toCompletableFuture();
        String path = watch.watched().path();
        if (!told.isDone()) {
            long run = witness.runUp(path);
            witness.check(
                    0 < run && run <= watch.newest() + 1
                            || witness.isLeftBehind(path, run - 1), // of which nothing was seen
                    "nobody was told that the run which is over ended: " + watch);
        } else if (told.isCancelled()) {
            Life watcher = watch.watcher().orElseThrow();
            witness.check(
                    witness.isOver(watcher.path(), watcher.run()), "cancelled by itself: " + watch);
        } else if (!told.isCompletedExceptionally()) {
            AgentDown down = told.join();
            witness.check(
                    down.run() == 0 || witness.isOver(path, down.run()),
                    "told of the end of a run that goes on: " + down);
            watch.watcher().ifPresent(watcher -> checkHasHeard(watcher, down));
        }
    }

    private void checkHasHeard(Life watcher, AgentDown down) {
        boolean isThere = witness.runUp(watcher.path()) == watcher.run() && !hung.contains(watcher);
        Notice notice = new Notice(watcher.path(), down.pid(), down.run());
        witness.check(!isThere || heard.containsKey(notice), watcher + " never heard of " + down);
    }

    private void checkSharesItsEnd(Life one, Life other) {
        boolean hasFailed =
                witness.end(one.path(), one.run())
                        .filter(end -> !TreeWitness.isOrderly(end.reason()))
                        .isPresent();
        witness.check(
                !hasFailed || witness.isOver(other.path(), other.run()),
                "%s has failed, and %s lives on, which is linked to it".formatted(one, other));
    }

    /** The tree has ended, and some time has passed. */
    void checkAfterTheEnd() {
        open.forEach((question, asker) ->
                witness.check(
                        asker.filter(hung::contains).isPresent(),
                        "%s asked %s and still waits".formatted(asker, question)));
        long dead = sim.runtime().deadLetterTotal();
        witness.check(
                sent <= taken + dead && taken + dead <= sent + maybeSent,
                "%d messages were sent and perhaps %d more, %d taken, %d had no receiver"
                        .formatted(sent, maybeSent, taken, dead));
        witness.check(
                watches.stream().allMatch(it -> it.monitor().down().toCompletableFuture().isDone()),
                "somebody still waits for the end of a run");
        Map<String, AgentPid> names = sim.runtime().names();
        witness.check(names.isEmpty(), "names are left: " + names);
    }
}
