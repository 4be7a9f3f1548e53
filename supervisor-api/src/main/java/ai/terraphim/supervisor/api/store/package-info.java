/** What an author of a store sees: where a supervisor keeps checkpoints and restart history. */
@NullMarked
package ai.terraphim.supervisor.api.store;

import org.jspecify.annotations.NullMarked;
