/**
 * Runs the same workloads under our supervisor, under what the bare JDK can do at best, and under
 * Pekko; {@code src/main/erlang} does so under Erlang/OTP.
 *
 * <p>Start reading at {@link Workloads}: every peer of the JVM but Pekko is driven by it, through
 * {@link Peer}.
 */
@NullMarked
package ai.terraphim.supervisor.benchmarks;

import org.jspecify.annotations.NullMarked;
