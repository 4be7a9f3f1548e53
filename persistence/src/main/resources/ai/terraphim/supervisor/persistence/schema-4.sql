-- How many transactions have been committed, for the comparison with the mark beside the database.
ALTER TABLE meta ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
