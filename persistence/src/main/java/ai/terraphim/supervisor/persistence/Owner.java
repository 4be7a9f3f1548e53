package ai.terraphim.supervisor.persistence;

import java.time.Instant;

/**
 * The process that has a data folder open.
 *
 * @param pid its process id
 * @param runtime the name of the runtime in it
 * @param started when the process started, as far as the operating system tells; otherwise when it
 *     opened the folder
 */
public record Owner(long pid, String runtime, Instant started) {
    @Override
    public String toString() {
        return "supervisor '" + runtime + "' (pid " + pid + ", started " + started + ")";
    }
}
