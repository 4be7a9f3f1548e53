-- Children that somebody has stopped and nobody has started since, with the specs that they had then.
CREATE TABLE stopped (
    path TEXT NOT NULL PRIMARY KEY,
    supervisor TEXT NOT NULL,
    spec TEXT NOT NULL
) STRICT;
