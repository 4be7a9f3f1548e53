-- The newest state of each agent and the one before it. A state takes the slot of its number's last bit, and with it
-- the place of the state before the last, without a look at what is there.
ALTER TABLE checkpoint RENAME TO checkpoint_1;
CREATE TABLE checkpoint (
    path TEXT NOT NULL,
    slot INTEGER NOT NULL CHECK (slot = number & 1),
    number INTEGER NOT NULL,
    run INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (path, slot)
) STRICT;
INSERT INTO checkpoint (path, slot, number, run, epoch, at, content_type, state_version, checksum, state)
    SELECT path, 0, 0, run, epoch, at, content_type, state_version, checksum, state FROM checkpoint_1;
DROP TABLE checkpoint_1;
