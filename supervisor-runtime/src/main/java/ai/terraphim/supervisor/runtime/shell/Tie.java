package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ExitReason;

/** What makes the end of one run matter to others. Kept with each run that it concerns. */
sealed interface Tie permits Ask, Link, Watch {

    /**
     * A run that this tie was kept with has ended, and its supervisor has been told. Once a run.
     */
    void ended(Life life, ExitReason reason);
}
