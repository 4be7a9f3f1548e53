-- Long details of facts, which are stack traces mostly, once each. The digest, by which history refers to them, also
-- shows whether the text has changed. The functions are Checksum's.
CREATE TABLE stack (
    digest BLOB NOT NULL PRIMARY KEY,
    -- The last fact that refers to it: once that is gone from the history, nothing does.
    last INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX stack_by_last ON stack (last);
ALTER TABLE history ADD COLUMN stack BLOB;
-- A fact that is damaged stays as it is.
UPDATE history SET stack = stack_digest(detail)
    WHERE length(detail) >= 200 AND checksum = row_checksum(seq, at, path, run, event, reason, detail);
INSERT INTO stack (digest, last, text)
    SELECT stack, max(seq), detail FROM history WHERE stack IS NOT NULL GROUP BY stack;
UPDATE history SET detail = '', checksum = row_checksum(seq, at, path, run, event, reason, stack)
    WHERE stack IS NOT NULL;
