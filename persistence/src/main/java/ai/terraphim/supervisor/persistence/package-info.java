/**
 * Keeps checkpoints and restart history in one SQLite file, behind the store contract of the API.
 * The only user of java.sql and Jdbi.
 */
@NullMarked
package ai.terraphim.supervisor.persistence;

import org.jspecify.annotations.NullMarked;
