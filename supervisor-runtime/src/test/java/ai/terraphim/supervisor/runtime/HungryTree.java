package ai.terraphim.supervisor.runtime;

import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A JVM in which an agent eats up all memory in its first run, and says what became of it. */
final class HungryTree {
    private HungryTree() {}

    public static void main(String[] args) throws InterruptedException {
        CountDownLatch exited = new CountDownLatch(1);
        CountDownLatch secondRun = new CountDownLatch(1);
        AgentPid other = new AgentPid("root/other");
        try (var runtime =
                SupervisorRuntime.builder("hungry")
                        .listener(event -> {
                            if (event.kind() == EventKind.CHILD_EXITED
                                    && event.path().equals("root/hungry")) {
                                System.out.println("hungry: " + event.reason());
                                exited.countDown();
                            }
                        })
                        .factory(
                                AgentFactory.of(
                                        "hungry",
                                        () ->
                                                (LoopAgent)
                                                        context -> {
                                                            if (context.run() > 1) {
                                                                secondRun.countDown();
                                                                context.sleep(Duration.ofDays(1));
                                                            }
                                                            eat();
                                                        }))
                        .factory(
                                AgentFactory.of(
                                        "other",
                                        () ->
                                                (MessageAgent)
                                                        (message, context) -> {
                                                            if (message.equals("crash")) {
                                                                throw new AgentExitException(
                                                                        ExitReason.error(
                                                                                "told to"));
                                                            }
                                                            context.reply(
                                                                    message
                                                                            + " from run "
                                                                            + context.run());
                                                        }))
                        .build()) {
            AgentSupervisor root =
                    runtime.start(
                            SupervisorConfig.builder("root")
                                    .children(
                                            AgentSpec.of("other", "other"),
                                            AgentSpec.of("hungry", "hungry"))
                                    .build());
            secondRun.await();
            exited.await();
            root.tell(other, "crash");
            System.out.println("other: " + root.ask(other, "an answer"));
        }
    }

    private static void eat() {
        List<byte[]> eaten = new ArrayList<>();
        while (true) {
            eaten.add(new byte[64 * 1024]);
        }
    }
}
