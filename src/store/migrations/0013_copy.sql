-- Whether the organisation itself is elsewhere, and this is a copy of it.
ALTER TABLE organisation ADD COLUMN is_copy INTEGER NOT NULL DEFAULT 0 CHECK (is_copy IN (0, 1));
