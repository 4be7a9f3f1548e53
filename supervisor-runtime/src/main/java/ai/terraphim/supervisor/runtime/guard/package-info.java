/**
 * Keeps agents from calling what does not answer: one {@link Guard} per dependency of the runtime,
 * with its circuit breaker, rate limit, bulkhead and the queue of all who wait for it. The only
 * user of Resilience4j. Start reading at {@link Guard}; the choices are in {@code
 * docs/adr/0015-a-dependency-has-one-queue.md}. No promise to others.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.guard;

import org.jspecify.annotations.NullMarked;
