package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * An agent that adds up numbers, and its sender; to be killed. The sender begins with the first
 * number of which it does not know that it was handled.
 */
final class OnceKillTarget {
    /** How many numbers are under way before the sender says that they were handled. */
    static final int ROUND = 20;

    private static final AgentPid ADDER = new AgentPid("root/adder");

    private OnceKillTarget() {}

    record Sum(long count, long total) {}

    private static final class Adder implements MessageAgent {
        private Sum sum = new Sum(0, 0);

        @Override
        public InitResult init(InitArgs args) {
            sum = args.context().restored(Sum.class).orElse(sum);
            System.out.printf("begun %d %d%n", sum.count(), sum.total());
            return InitResult.ok();
        }

        @Override
        public Optional<Sum> stateToSave() {
            return Optional.of(sum);
        }

        @Override
        public void handle(Object number, AgentContext context) throws Exception {
            sum = new Sum(sum.count() + 1, sum.total() + (long) number);
            if (context.messageId().isEmpty()) {
                context.checkpoint(sum);
                context.reply("saved");
            }
        }
    }

    public static void main(String[] args) {
        SupervisorRuntime runtime =
                SupervisorRuntime.builder("once")
                        .factory(AgentFactory.of("adder", Adder::new))
                        .store(SqliteStore.open(Path.of(args[0]), "once"))
                        .build();
        AgentSupervisor root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.of("adder", "adder"))
                                .build());
        System.out.println("up ");
        for (long next = Long.parseLong(args[1]); ; next += ROUND) {
            List<CompletionStage<?>> sent = new ArrayList<>();
            for (long number = next; number < next + ROUND; number++) {
                sent.add(send(root, number, args[2].equals("with-ids")));
            }
            sent.forEach(it -> it.toCompletableFuture().join());
            System.out.printf("handled %d%n", next + ROUND);
        }
    }

    private static CompletionStage<?> send(AgentSupervisor root, long number, boolean withId) {
        return withId
                ? root.tellOnce(ADDER, "number " + number, number)
                : CompletableFuture.completedFuture(root.ask(ADDER, number));
    }
}
