-- A checksum over all the columns of each row, as checkpoints have it. The function row_checksum is Checksum's.
ALTER TABLE history ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE history SET checksum = row_checksum(seq, at, path, run, event, reason, detail);
ALTER TABLE run ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE run SET checksum = row_checksum(path, last);
ALTER TABLE child ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE child SET checksum = row_checksum(path, position, supervisor, spec);
ALTER TABLE stopped ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE stopped SET checksum = row_checksum(path, 0, supervisor, spec);
