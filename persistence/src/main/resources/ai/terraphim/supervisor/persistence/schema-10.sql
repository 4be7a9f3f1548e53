-- Messages that have crashed their agents once too often.
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    at INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    -- The id that it was sent with, or ''.
    message_id TEXT NOT NULL,
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    stack_trace TEXT NOT NULL,
    -- What makes it again: the name of its class, and JSON; both '' if nothing does.
    type TEXT NOT NULL,
    content TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_path ON message (path);
-- The highest number that a message has had.
ALTER TABLE meta ADD COLUMN last_message INTEGER NOT NULL DEFAULT 0;
-- Which versions of plugins have saved states. The number is made of the other columns.
CREATE TABLE plugin (
    number INTEGER PRIMARY KEY,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
-- The number of the one that has saved a state, or 0. A state's checksum covers it if there is one.
ALTER TABLE checkpoint ADD COLUMN plugin INTEGER NOT NULL DEFAULT 0;
