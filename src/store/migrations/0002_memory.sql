-- What the bot itself remembers: operations, secrets, and what it has heard and has to say.

CREATE TABLE operation (
    id           INTEGER PRIMARY KEY,
    code         TEXT NOT NULL UNIQUE,
    verb         TEXT NOT NULL,
    command      TEXT NOT NULL,
    requester    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    target_kind  TEXT NOT NULL CHECK (target_kind IN ('person', 'approval')),
    target       TEXT NOT NULL,
    irreversible INTEGER NOT NULL CHECK (irreversible IN (0, 1)),
    shown        TEXT NOT NULL,
    state        TEXT NOT NULL,
    until        INTEGER,
    tries_left   INTEGER,
    created      INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT;

-- An operation waits just while it has a deadline. That these are unique is the second guard: one
-- waiting operation of a person in a conversation, and one secret asked of a person at a time.
CREATE UNIQUE INDEX operation_waiting ON operation (requester, conversation) WHERE until IS NOT NULL;
CREATE UNIQUE INDEX operation_asking ON operation (requester) WHERE state = 'awaiting_secret';
CREATE INDEX operation_deadline ON operation (until) WHERE until IS NOT NULL;
CREATE INDEX operation_open ON operation (requester) WHERE finished_at IS NULL;
CREATE INDEX operation_irreversible ON operation (requester, finished_at)
    WHERE irreversible = 1 AND state = 'done';

CREATE TABLE credential (
    person         TEXT PRIMARY KEY REFERENCES person (id),
    password_hash  TEXT,
    password_burnt INTEGER NOT NULL DEFAULT 0 CHECK (password_burnt IN (0, 1)),
    totp_secret    BLOB,
    last_step      INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE wrong_secret (
    id     INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX wrong_secret_by_person ON wrong_secret (person, at);

-- Until when somebody can't step up, and when the owner last heard that they reached the hourly limit.
CREATE TABLE restraint (
    person       TEXT PRIMARY KEY,
    locked_until INTEGER,
    limit_told   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    key        TEXT PRIMARY KEY,
    language   TEXT,
    stale_told INTEGER NOT NULL DEFAULT 0 CHECK (stale_told IN (0, 1))
) STRICT, WITHOUT ROWID;

-- An open question which person is meant; the candidates are a JSON list of ids.
CREATE TABLE choice (
    person       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    command      TEXT NOT NULL,
    word         INTEGER NOT NULL,
    candidates   TEXT NOT NULL,
    until        INTEGER NOT NULL,
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE follow_up (
    id       INTEGER PRIMARY KEY,
    assignee TEXT NOT NULL,
    about    TEXT NOT NULL,
    code     TEXT NOT NULL,
    item     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    done_at  INTEGER
) STRICT;

CREATE INDEX follow_up_open ON follow_up (assignee) WHERE done_at IS NULL;

-- The marks by which a message that is delivered again is known.
CREATE TABLE inbox (
    message TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_by_age ON inbox (at);

-- What is to be sent, was sent, or was given up. A number is never given again.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    kind         TEXT NOT NULL,
    fields       TEXT NOT NULL,
    text         TEXT NOT NULL,
    in_reply_to  TEXT,
    state        TEXT NOT NULL CHECK (state = 'queued' OR state = 'sent' OR state = 'dead'),
    attempts     INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    queued_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_queued ON outbox (id) WHERE state = 'queued';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
CREATE INDEX outbox_sent ON outbox (created) WHERE state = 'sent';
