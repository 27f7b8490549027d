-- What approvers were asked before an approval is cancelled, and what they answered.
CREATE TABLE consultation (
    approval TEXT PRIMARY KEY,
    actor    TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An approver who has not answered yet has no time.
CREATE TABLE opinion (
    approval  TEXT NOT NULL REFERENCES consultation (approval) ON DELETE CASCADE,
    approver  TEXT NOT NULL,
    at        INTEGER,
    objection TEXT,
    PRIMARY KEY (approval, approver)
) STRICT, WITHOUT ROWID;

-- When somebody is to be reminded of what is left to do.
ALTER TABLE follow_up ADD COLUMN remind_at INTEGER;
CREATE INDEX follow_up_reminder ON follow_up (remind_at) WHERE done_at IS NULL AND remind_at IS NOT NULL;
CREATE INDEX follow_up_by_code ON follow_up (code) WHERE done_at IS NULL;
