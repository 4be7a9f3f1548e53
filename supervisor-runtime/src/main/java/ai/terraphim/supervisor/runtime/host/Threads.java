package ai.terraphim.supervisor.runtime.host;

/** The threads that the engine makes. */
public interface Threads {

    /** The threads of the JVM. */
    Threads JVM =
            new Threads() {
                @Override
                public Thread startVirtual(String name, Runnable body) {
                    return Thread.ofVirtual()
                            .name(name)
                            .inheritInheritableThreadLocals(false)
                            .start(body);
                }

                @Override
                public Thread startPlatform(String name, Runnable body) {
                    return Thread.ofPlatform().daemon().name(name).start(body);
                }
            };

    /** Starts a thread for a supervisor or an agent: there may be a million of them. */
    Thread startVirtual(String name, Runnable body);

    /** Starts a thread that must go on while busy agents hold every carrier. */
    Thread startPlatform(String name, Runnable body);
}
