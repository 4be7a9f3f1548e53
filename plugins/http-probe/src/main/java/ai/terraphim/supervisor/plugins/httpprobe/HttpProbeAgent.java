package ai.terraphim.supervisor.plugins.httpprobe;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentExitException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.StorageException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Checks a URL, first at once and then at intervals; logs when the result changes and saves what it
 * has counted.
 *
 * <p>{@code fail_after} counts the failures of this run alone: otherwise a restarted probe would
 * exit at its first failure.
 */
final class HttpProbeAgent implements LoopAgent {
    /**
     * Numbers that have not changed their meaning are saved no more often than this, however short
     * the interval.
     */
    private static final Duration SAVE_EVERY = Duration.ofSeconds(1);

    private final HttpProbeConfig config;
    private final ExpectedStatus expectedStatus;
    private final HttpRequest request;
    private @Nullable Statistics unsaved;
    private Instant saved = Instant.MIN;
    private boolean cannotSave;

    HttpProbeAgent(HttpProbeConfig config) {
        this.config = config;
        this.expectedStatus = ExpectedStatus.of(config.expectStatus());
        this.request = config.request();
    }

    @Override
    public void run(AgentContext context) throws Exception {
        HttpClient client =
                HttpClient.newBuilder()
                        .version(
                                HttpClient.Version
                                        .HTTP_1_1) // no upgrade header, at which some servers take
                        // offence
                        .connectTimeout(config.limit())
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .build();
        try {
            probe(context, client);
        } finally {
            client.shutdownNow(); // close() would wait
        }
    }

    @Override
    public void stop(AgentContext context) throws InterruptedException {
        save(context);
    }

    private void probe(AgentContext context, HttpClient client) throws InterruptedException {
        Statistics statistics =
                context.restored(Statistics.class).orElseGet(() -> Statistics.none(context.now()));
        int failuresOfThisRun = 0;
        while (true) {
            Instant begin = context.now();
            Check check = check(context, client);
            boolean changed = statistics.isChangedBy(check);
            if (changed) {
                report(context, check, statistics);
            }
            statistics = statistics.after(check, context.now());
            unsaved = statistics;
            failuresOfThisRun = check.isOk() ? 0 : failuresOfThisRun + 1;
            boolean exit = failuresOfThisRun >= config.failAfter().orElse(Integer.MAX_VALUE);
            if (changed || exit || !context.now().isBefore(saved.plus(SAVE_EVERY))) {
                save(context);
            }
            if (exit) {
                throw new AgentExitException(
                        ExitReason.error(
                                "%s failed %s in a row, the last time: %s"
                                        .formatted(
                                                config.url(),
                                                failuresOfThisRun == 1
                                                        ? "1 check"
                                                        : failuresOfThisRun + " checks",
                                                check.problem().orElse(""))));
            }
            Duration left = Duration.between(context.now(), begin.plus(config.interval()));
            if (context.awaitStop(left.isNegative() ? Duration.ZERO : left)) {
                return;
            }
        }
    }

    private Check check(AgentContext context, HttpClient client) throws InterruptedException {
        long begin = System.nanoTime(); // a latency by the clock on the wall could be negative
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, _ -> new BodyStart());
        try {
            HttpResponse<String> response = context.await(answer, config.limit());
            Duration latency = Duration.ofNanos(System.nanoTime() - begin);
            return new Check(
                    Optional.of(response.statusCode()), latency, problem(response, latency));
        } catch (TimeoutException e) {
            return Check.unanswered(Duration.ofNanos(System.nanoTime() - begin), noAnswer());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Check.unanswered(Duration.ofNanos(System.nanoTime() - begin), problem(cause));
        } finally {
            answer.cancel(true);
        }
    }

    private Optional<String> problem(HttpResponse<String> response, Duration latency) {
        if (!expectedStatus.includes(response.statusCode())) {
            String location =
                    response.headers().firstValue("location").map(to -> " to " + to).orElse("");
            return Optional.of(
                    "status " + response.statusCode() + location + ", expected " + expectedStatus);
        }
        if (config.expectBody().isPresent()
                && !response.body().contains(config.expectBody().get())) {
            return Optional.of(
                    "the body does not have the text '" + config.expectBody().get() + "'");
        }
        if (config.maxLatency().isPresent() && latency.compareTo(config.maxLatency().get()) > 0) {
            return Optional.of(
                    "it took "
                            + latency.toMillis()
                            + " ms, more than "
                            + words(config.maxLatency().get()));
        }
        return Optional.empty();
    }

    private String problem(Throwable cause) {
        URI url = config.url();
        if (cause instanceof HttpTimeoutException) {
            return noAnswer();
        }
        if (cause instanceof ConnectException) {
            for (Throwable t = cause.getCause(); t != null; t = t.getCause()) {
                if (t instanceof UnresolvedAddressException) {
                    return "the host " + url.getHost() + " is not known";
                }
            }
            return "cannot connect to " + url.getAuthority();
        }
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }

    private String noAnswer() {
        return "no answer within " + words(config.limit());
    }

    private void report(AgentContext context, Check check, Statistics before) {
        if (check.isOk()) {
            context.log().log(
                    Level.INFO,
                    before.checks() == 0
                            ? config.url()
                                    + " is as expected, after "
                                    + check.latency().toMillis()
                                    + " ms"
                            : "%s is as expected again, after %d failed checks since %s"
                                    .formatted(
                                            config.url(),
                                            before.consecutiveFailures(),
                                            before.since()));
        } else {
            context.log().log(
                    Level.WARNING, config.url() + " fails: " + check.problem().orElse(""));
        }
    }

    private void save(AgentContext context) throws InterruptedException {
        if (unsaved == null) {
            return;
        }
        try {
            context.checkpoint(unsaved);
            unsaved = null;
            cannotSave = false;
        } catch (StorageException e) {
            if (!cannotSave) { // said once; it is tried again with the next check
                context.log().log(
                        Level.WARNING, "the statistics cannot be saved: " + e.getMessage());
            }
            cannotSave = true;
        }
        saved = context.now();
    }

    private static String words(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
