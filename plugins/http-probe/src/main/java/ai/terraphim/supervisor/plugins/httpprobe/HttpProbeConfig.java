package ai.terraphim.supervisor.plugins.httpprobe;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The configuration of an {@code http-probe} agent.
 *
 * @param url what to check, http or https; redirects are not followed
 * @param every from the begin of one check to the begin of the next; by default 10 seconds
 * @param timeout how long a check may take, the body included; by default 5 seconds
 * @param expectStatus one of, or a list of: a number, a range as in {@code 200-299}, a class as in
 *     {@code 2xx}; by default {@code 2xx}
 * @param expectBody a text that the first MiB of the body must have somewhere in it; by default any
 *     body will do
 * @param maxLatency an answer that takes longer fails the check; by default the timeout alone
 *     limits it
 * @param method by default GET
 * @param headers of the request
 * @param failAfter so many failed checks in a row end the run with an error; by default they never
 *     do
 */
public record HttpProbeConfig(
        URI url,
        Optional<Duration> every,
        Optional<Duration> timeout,
        Optional<Object> expectStatus,
        Optional<String> expectBody,
        Optional<Duration> maxLatency,
        Optional<String> method,
        Optional<Map<String, String>> headers,
        OptionalInt failAfter) {

    private static final Duration DEFAULT_EVERY = Duration.ofSeconds(10);
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** Checks every value. */
    public HttpProbeConfig {
        headers = headers.map(Map::copyOf);
        boolean http =
                "http".equalsIgnoreCase(url.getScheme())
                        || "https".equalsIgnoreCase(url.getScheme());
        if (!http || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "url must be as in http://host:port/path or https://..., was '" + url + "'");
        }
        checkPositive("every", every);
        checkPositive("timeout", timeout);
        checkPositive("max_latency", maxLatency);
        if (failAfter.orElse(1) < 1) {
            throw new IllegalArgumentException(
                    "fail_after must be 1 or more, was "
                            + failAfter.getAsInt()
                            + "; leave it out to never fail");
        }
        ExpectedStatus.of(expectStatus);
        request(url, method, headers);
    }

    Duration interval() {
        return every.orElse(DEFAULT_EVERY);
    }

    Duration limit() {
        return timeout.orElse(DEFAULT_TIMEOUT);
    }

    HttpRequest request() {
        return request(url, method, headers);
    }

    private static HttpRequest request(
            URI url, Optional<String> method, Optional<Map<String, String>> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url);
        try {
            request.method(method.orElse("GET"), BodyPublishers.noBody());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "method must be as in GET or HEAD, was '" + method.orElse("") + "'", e);
        }
        headers.orElse(Map.of())
                .forEach((name, value) -> {
                    try {
                        request.setHeader(name, value);
                    } catch (IllegalArgumentException e) {
                        throw new IllegalArgumentException(
                                "headers: '%s: %s' cannot be sent: %s"
                                        .formatted(name, value, e.getMessage()),
                                e);
                    }
                });
        return request.build();
    }

    private static void checkPositive(String key, Optional<Duration> value) {
        if (value.isPresent() && !value.get().isPositive()) {
            throw new IllegalArgumentException(
                    key + " must be longer than zero, was " + value.get());
        }
    }
}
