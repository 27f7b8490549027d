-- Copies of what is held about a person, made at their wish, until they are erased.
CREATE TABLE backup (
    id      INTEGER PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id),
    at      INTEGER NOT NULL,
    name    TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;

CREATE INDEX backup_by_person ON backup (person, at);

-- A file that goes with a message.
ALTER TABLE outbox ADD COLUMN attachment INTEGER REFERENCES backup (id) ON DELETE SET NULL;

-- Whose traces are still to be wiped from the write-ahead log once their last messages are sent.
CREATE TABLE erasure (
    person TEXT PRIMARY KEY REFERENCES person (id)
) STRICT, WITHOUT ROWID;
