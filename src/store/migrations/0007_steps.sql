-- What a remote backend has to do for an operation, in order, and how far it is. The change and a person's instructions
-- are JSON; a step that is not due by itself has no time.
CREATE TABLE step (
    code      TEXT NOT NULL REFERENCES operation (code),
    position  INTEGER NOT NULL,
    change    TEXT NOT NULL,
    way       TEXT NOT NULL CHECK (way = 'call' OR way = 'here' OR way = 'person'),
    guide     TEXT,
    state     TEXT NOT NULL CHECK (state = 'called' OR state = 'intended' OR state = 'verified'),
    calls     INTEGER NOT NULL,
    looks     INTEGER NOT NULL,
    since     INTEGER,
    next_at   INTEGER,
    remind_at INTEGER,
    PRIMARY KEY (code, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX step_due ON step (next_at) WHERE next_at IS NOT NULL;

-- What is said, and left to do, once the last step is done; JSON. It is gone when the operation has ended.
CREATE TABLE closing (
    code    TEXT PRIMARY KEY REFERENCES operation (code),
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
