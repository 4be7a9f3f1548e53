-- Agents that have states here and no place in the tree: since when that is known, and the newest run that was known
-- then. One that has run since has had a place again.
CREATE TABLE orphan (
    path TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    run INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX orphan_by_since ON orphan (since);
-- The highest number of the children of a supervisor whose run numbers are forgotten: a pool gives none twice.
CREATE TABLE instance (
    path TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
