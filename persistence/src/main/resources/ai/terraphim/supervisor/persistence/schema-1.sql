-- The first layout. All instants are nanoseconds since 1970-01-01T00:00:00Z.
-- A script that has been released is never changed: what comes next is schema-2.sql.

-- Who owns the database: one row. The epoch is raised at each open and compared in each write transaction.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    runtime TEXT NOT NULL,
    pid INTEGER NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;
INSERT INTO meta (id, epoch, runtime, pid, opened_at) VALUES (1, 0, '', 0, 0);

-- The newest state of each agent. The state comes last: whoever reads the columns before it need not read its pages.
CREATE TABLE checkpoint (
    path TEXT NOT NULL PRIMARY KEY,
    run INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

-- What happened, append-only.
CREATE TABLE history (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    path TEXT NOT NULL,
    run INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_path ON history (path, seq);

-- The highest run number that the history has had for a path; it outlives the history's retention.
CREATE TABLE run (
    path TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- Children that were added to running supervisors, in the order of their positions.
CREATE TABLE child (
    path TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    supervisor TEXT NOT NULL,
    spec TEXT NOT NULL
) STRICT;
