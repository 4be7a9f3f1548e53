-- How children stand with their restarts, with the specs that they had then.
CREATE TABLE condition (
    path TEXT NOT NULL PRIMARY KEY,
    supervisor TEXT NOT NULL,
    spec TEXT NOT NULL,
    -- 'parked', 'cooling', or '' if it is not put aside; then the next three say nothing.
    aside TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- For how many nanoseconds; 0 until somebody restarts it.
    lasts INTEGER NOT NULL,
    why TEXT NOT NULL,
    short_runs INTEGER NOT NULL,
    -- When its budget was used: instants, the oldest first, one a line.
    restarts TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
