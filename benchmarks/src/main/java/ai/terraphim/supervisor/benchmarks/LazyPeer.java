package ai.terraphim.supervisor.benchmarks;

import ai.terraphim.supervisor.benchmarks.Child.Up;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The limit for agents without a thread while they are idle: JDK only. A message to an idle one
 * starts a virtual thread, which drains the mailbox and ends. A restart is a new {@link Child} in
 * the same place. Supervisors are made the same way and never wait. No names, no states, no
 * reasons, no intensity, no history.
 */
@SuppressWarnings("serial") // cells are AtomicReferences to save an object; never written
final class LazyPeer implements Peer {
    private static final Object START = new Object();
    private static final Object STARTED = new Object();
    private static final Object STOP = new Object();
    private static final Object STOPPED = new Object();

    private record Exited(int index) {}

    /** A mailbox: null is idle, {@link #BUSY} is running and empty, anything else is the newest. */
    private abstract static class Cell extends AtomicReference<Box.@Nullable Node>
            implements Target, Runnable {
        private static final Box.Node BUSY = new Box.Node(null);

        @Override
        public final void tell(Object message) {
            Box.Node node = new Box.Node(message);
            while (true) {
                Box.Node newest = get();
                node.next = newest == BUSY ? null : newest;
                if (compareAndSet(newest, node)) {
                    if (newest == null) {
                        Thread.startVirtualThread(this);
                    }
                    return;
                }
            }
        }

        @Override
        public final void run() {
            do {
                Box.Node oldest = null;
                for (Box.Node newest = getAndSet(BUSY); newest != null && newest != BUSY; ) {
                    Box.Node next = newest.next;
                    newest.next = oldest;
                    oldest = newest;
                    newest = next;
                }
                for (; oldest != null; oldest = oldest.next) {
                    on(oldest.message);
                }
            } while (!compareAndSet(BUSY, null));
        }

        abstract void on(@Nullable Object message);
    }

    private static final class Leaf extends Cell {
        private final int index;
        private final boolean restartsItself;
        private final Target parent;
        private final @Nullable Target ups;
        private Child child = new Child();

        Leaf(int index, boolean restartsItself, Target parent, @Nullable Target ups) {
            this.index = index;
            this.restartsItself = restartsItself;
            this.parent = parent;
            this.ups = ups;
        }

        @Override
        void on(@Nullable Object message) {
            if (message == START) {
                init();
                parent.tell(STARTED);
            } else if (message == STOP) {
                parent.tell(STOPPED);
            } else if (message != null) {
                try {
                    child.on(message);
                } catch (RuntimeException e) {
                    if (restartsItself) {
                        init();
                    } else {
                        parent.tell(new Exited(index));
                    }
                }
            }
        }

        private void init() {
            child = new Child();
            if (ups != null) {
                ups.tell(new Up(index, this));
            }
        }
    }

    /** A supervisor: what it does next is decided by what it is told. */
    private static final class Node extends Cell {
        private final int index;
        private final Target parent;
        private final boolean escalates;
        private Cell[] children = new Cell[0];
        private int starting;
        private int stopping;
        private int dead = -1;

        Node(int index, Target parent, boolean escalates) {
            this.index = index;
            this.parent = parent;
            this.escalates = escalates;
        }

        @Override
        void on(@Nullable Object message) {
            if (message == START) {
                startAll();
            } else if (message == STARTED) {
                if (--starting == 0) {
                    parent.tell(STARTED);
                }
            } else if (message == STOP) {
                stopping = children.length;
                stopNext();
            } else if (message == STOPPED) {
                stopNext();
            } else if (message instanceof Exited(int child)) {
                if (escalates) {
                    parent.tell(new Exited(index));
                } else { // one for all
                    dead = child;
                    stopping = children.length;
                    stopNext();
                }
            }
        }

        private void startAll() {
            starting = children.length;
            for (Cell child : children) {
                child.tell(START);
            }
        }

        private void stopNext() {
            if (--stopping == dead) {
                stopping--;
            }
            if (stopping >= 0) {
                children[stopping].tell(STOP);
            } else if (dead >= 0) {
                dead = -1;
                startAll();
            } else {
                parent.tell(STOPPED);
            }
        }
    }

    private static Node supervisor(Group group, int children, Target parent, @Nullable Target ups) {
        Node root = new Node(0, parent, false);
        root.children = new Cell[children];
        for (int i = 0; i < children; i++) {
            root.children[i] = new Leaf(i, group == Group.ONE_FOR_ONE, root, ups);
        }
        return root;
    }

    @Override
    public Tree flat(Group group, int children, Box ups) {
        Box me = new Box();
        return new LazyTree(me, supervisor(group, children, me, ups));
    }

    @Override
    public Tree oneByOne(int children) {
        Box me = new Box();
        Cell[] cells = new Cell[children];
        return new Tree() {
            @Override
            public void start() throws InterruptedException {
                for (int i = 0; i < children; i++) {
                    cells[i] = new Leaf(i, true, me, null);
                    cells[i].tell(START);
                    me.take();
                }
            }

            @Override
            public Target child(int index) {
                return cells[index];
            }

            @Override
            public void stop() throws InterruptedException {
                for (int i = children - 1; i >= 0; i--) {
                    cells[i].tell(STOP);
                    me.take();
                }
            }
        };
    }

    @Override
    public Tree deep(int depth) {
        Box me = new Box();
        return new LazyTree(me, node(0, depth, me));
    }

    private static Cell node(int index, int depth, Target parent) {
        if (depth == 0) {
            return new Leaf(index, true, parent, null);
        }
        Node node = new Node(index, parent, false);
        node.children = new Cell[10];
        for (int i = 0; i < 10; i++) {
            node.children[i] = node(i, depth - 1, node);
        }
        return node;
    }

    @Override
    public Tree chain(int supervisors, Box ups) {
        Box me = new Box();
        Node root = new Node(0, me, false);
        Node last = root;
        for (int i = 1; i < supervisors; i++) {
            Node next = new Node(0, last, true);
            last.children = new Cell[] {next};
            last = next;
        }
        last.children = new Cell[] {new Leaf(0, false, last, ups)};
        return new LazyTree(me, root);
    }

    private record LazyTree(Box me, Cell root) implements Tree {

        @Override
        public void start() throws InterruptedException {
            root.tell(START);
            me.take();
        }

        @Override
        public Target child(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void stop() throws InterruptedException {
            root.tell(STOP);
            Object last;
            do { // it has also told of restarts
                last = me.take();
            } while (last != STOPPED);
        }
    }
}
