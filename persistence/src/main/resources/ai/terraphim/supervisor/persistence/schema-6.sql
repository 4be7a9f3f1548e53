-- The ids of the messages that are part of a state, one a line. A state's checksum covers them if there are any.
ALTER TABLE checkpoint ADD COLUMN handled TEXT NOT NULL DEFAULT '';
