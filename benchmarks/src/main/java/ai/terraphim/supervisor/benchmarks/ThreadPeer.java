package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.Child.Up;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The limit for agents with a thread: JDK only, a virtual thread and a {@link Box} each. A dying
 * child posts its exit to its supervisor's box, and the supervisor starts a new one, as a
 * supervisor must. No names, no states, no reasons, no intensity, no history.
 */
final class ThreadPeer implements Peer {
    private static final Object STOP = new Object();
    private static final Object STARTED = new Object();

    private record Exited(Agent agent) {}

    private static final class Agent implements Runnable {
        final int index;
        final Box box = new Box();
        final @Nullable Target ups;
        final @Nullable Box supervisor;
        final Thread thread = Thread.ofVirtual().unstarted(this);

        Agent(int index, @Nullable Target ups, @Nullable Box supervisor) {
            this.index = index;
            this.ups = ups;
            this.supervisor = supervisor;
        }

        Agent start() {
            thread.start();
            return this;
        }

        @Override
        public void run() {
            Child child = new Child();
            if (ups != null) {
                ups.tell(new Up(index, box));
            }
            try {
                while (true) {
                    child.on(box.take());
                }
            } catch (InterruptedException e) {
                return; // told to stop
            } catch (RuntimeException e) {
                if (supervisor != null) {
                    supervisor.tell(new Exited(this));
                }
            }
        }

        void stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    private static void stopFromLast(Agent[] agents) throws InterruptedException {
        for (int i = agents.length - 1; i >= 0; i--) {
            agents[i].stop();
        }
    }

    @Override
    public Tree oneByOne(int children) {
        Agent[] agents = new Agent[children];
        return new Tree() {
            @Override
            public void start() throws InterruptedException {
                Box up = new Box();
                for (int i = 0; i < children; i++) {
                    agents[i] = new Agent(i, up, null).start();
                    up.take();
                }
            }

            @Override
            public Target child(int index) {
                return agents[index].box;
            }

            @Override
            public void stop() throws InterruptedException {
                stopFromLast(agents);
            }
        };
    }

    @Override
    public Tree flat(Group group, int children, Box ups) {
        return new ThreadTree(self -> () -> supervise(self, group, children, ups));
    }

    private static void supervise(Box self, Group group, int children, Box ups)
            throws InterruptedException {
        IntFunction<Agent> fresh = index -> new Agent(index, ups, self).start();
        Agent[] agents = new Agent[children];
        for (int i = 0; i < children; i++) {
            agents[i] = fresh.apply(i);
        }
        while (self.take() instanceof Exited(Agent agent)) {
            if (agents[agent.index] != agent) {
                continue; // of an earlier run
            }
            switch (group) {
                case ONE_FOR_ONE -> agents[agent.index] = fresh.apply(agent.index);
                case ONE_FOR_ALL -> {
                    stopFromLast(agents);
                    for (int i = 0; i < children; i++) {
                        agents[i] = fresh.apply(i);
                    }
                }
            }
        }
        stopFromLast(agents);
    }

    @Override
    public Tree deep(int depth) {
        Box me = new Box();
        return new ThreadTree(self -> () -> node(self, depth, me)) {
            @Override
            public void start() throws InterruptedException {
                super.start();
                me.take();
            }
        };
    }

    /** A child, or a supervisor of ten; up when all below are. */
    private static void node(Box self, int depth, Box parent) throws InterruptedException {
        ThreadTree[] below = new ThreadTree[depth == 0 ? 0 : 10];
        for (int i = 0; i < below.length; i++) {
            below[i] = new ThreadTree(box -> () -> node(box, depth - 1, self));
            below[i].start();
        }
        for (int i = 0; i < below.length; i++) {
            self.take();
        }
        parent.tell(STARTED);
        self.take();
        for (int i = below.length - 1; i >= 0; i--) {
            below[i].stop();
        }
    }

    @Override
    public Tree chain(int supervisors, Box ups) {
        return new ThreadTree(self -> () -> link(self, supervisors - 1, null, ups));
    }

    /** A supervisor of one, which dies of its child's death unless it is the root. */
    private static void link(Box self, int below, @Nullable Box parent, Box ups)
            throws InterruptedException {
        Object message;
        do {
            if (below == 0) {
                new Agent(0, ups, self).start();
            } else {
                new ThreadTree(box -> () -> link(box, below - 1, self, ups)).start();
            }
            message = self.take();
        } while (parent == null && message != STOP);
        if (parent != null) {
            parent.tell(message);
        }
    }

    private interface Body {
        void run() throws InterruptedException;
    }

    private interface BodyOf {
        Body with(Box self);
    }

    /** A supervisor on a thread of its own. */
    private static class ThreadTree implements Tree {
        private final Box box = new Box();
        private final Thread thread;

        ThreadTree(BodyOf body) {
            Body it = body.with(box);
            thread =
                    Thread.ofVirtual()
                            .unstarted(() -> {
                                try {
                                    it.run();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
        }

        @Override
        public void start() throws InterruptedException {
            thread.start();
        }

        @Override
        public Target child(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void stop() throws InterruptedException {
            box.tell(STOP);
            thread.join();
        }
    }
}
