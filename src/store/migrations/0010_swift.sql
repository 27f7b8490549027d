-- What was sent leaves the outbox: of an answer nothing is kept, of what nobody had asked for, that it was sent. The
-- few that wait or were given up need no index.
CREATE TABLE delivered (
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    kind         TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    created      INTEGER NOT NULL
) STRICT;

-- The highest number that a message which left the outbox had, and how many were sent.
CREATE TABLE letter_tally (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL,
    sent INTEGER NOT NULL
) STRICT;

INSERT INTO delivered
SELECT id, conversation, kind, attempts, created FROM outbox
WHERE state = 'sent' AND kind IN ('notice', 'task', 'warning');

INSERT INTO letter_tally
SELECT 1, coalesce(max(id), 0), count(*) FILTER (WHERE state = 'sent') FROM outbox;

DELETE FROM outbox WHERE state = 'sent';
DROP INDEX outbox_queued;
DROP INDEX outbox_dead;
DROP INDEX outbox_sent;
DROP INDEX outbox_notices;

-- What an operation leaves to somebody is one row: what is still open of it, a JSON list. It goes with the last item.
CREATE TABLE left_over (
    id        INTEGER PRIMARY KEY,
    assignee  TEXT NOT NULL,
    about     TEXT NOT NULL,
    code      TEXT NOT NULL,
    items     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    remind_at INTEGER
) STRICT;

INSERT INTO left_over (id, assignee, about, code, items, created, remind_at)
SELECT min(id), assignee, about, code, json_group_array(item), min(created), min(remind_at)
FROM (SELECT * FROM follow_up WHERE done_at IS NULL ORDER BY id)
GROUP BY assignee, code;

DROP TABLE follow_up;
ALTER TABLE left_over RENAME TO follow_up;
CREATE INDEX follow_up_by_assignee ON follow_up (assignee);
CREATE INDEX follow_up_by_code ON follow_up (code);
CREATE INDEX follow_up_reminder ON follow_up (remind_at) WHERE remind_at IS NOT NULL;
