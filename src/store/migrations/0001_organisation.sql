-- The organisation as its file describes it, and what became of its people and approvals.
-- Instants are milliseconds since 1970-01-01T00:00:00Z. People are never removed, so that no id
-- can be given again; a reference to a person is therefore cheap to enforce, and enforced.
-- Checks are written with OR: an IN of three or more builds a temporary index at each insertion.

CREATE TABLE person (
    id     TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    phone  TEXT,
    email  TEXT,
    status TEXT NOT NULL CHECK (status = 'active' OR status = 'departed' OR status = 'closed')
) STRICT, WITHOUT ROWID;

-- How somebody left; the last two are null when an import no longer listed them.
CREATE TABLE departure (
    person TEXT PRIMARY KEY REFERENCES person (id),
    at     INTEGER NOT NULL,
    actor  TEXT REFERENCES person (id),
    reason TEXT
) STRICT, WITHOUT ROWID;

-- What an active person is found by. Kind 1: the folded name; 2: what the name looks like;
-- 3: what a search may begin with.
CREATE TABLE person_key (
    kind   INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
    key    TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (kind, key, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE organisation (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    id       TEXT NOT NULL,
    name     TEXT NOT NULL,
    locale   TEXT NOT NULL,
    timezone TEXT NOT NULL,
    owner    TEXT NOT NULL REFERENCES person (id)
) STRICT;

CREATE TABLE department (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    parent  TEXT,
    chat    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    person     TEXT NOT NULL REFERENCES person (id),
    department TEXT NOT NULL,
    PRIMARY KEY (person, department)
) STRICT, WITHOUT ROWID;

CREATE TABLE admin (
    person      TEXT PRIMARY KEY REFERENCES person (id),
    level       TEXT NOT NULL CHECK (level IN ('main', 'sub')),
    permissions TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE admin_department (
    person     TEXT NOT NULL REFERENCES admin (person) ON DELETE CASCADE,
    department TEXT NOT NULL,
    PRIMARY KEY (person, department)
) STRICT, WITHOUT ROWID;

CREATE TABLE supervisor (
    department TEXT NOT NULL,
    person     TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (department, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX supervisor_by_person ON supervisor (person);

CREATE TABLE approval (
    id             TEXT PRIMARY KEY,
    template       TEXT NOT NULL,
    title          TEXT NOT NULL,
    originator     TEXT NOT NULL REFERENCES person (id),
    status         TEXT NOT NULL CHECK (
        status = 'pending' OR status = 'approved' OR status = 'rejected' OR status = 'cancelled'
    ),
    created        INTEGER NOT NULL,
    cancellable_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_pending ON approval (originator, created, id) WHERE status = 'pending';

CREATE TABLE approval_step (
    approval TEXT NOT NULL REFERENCES approval (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    approver TEXT NOT NULL REFERENCES person (id),
    status   TEXT NOT NULL CHECK (status = 'pending' OR status = 'approved' OR status = 'rejected'),
    at       INTEGER,
    PRIMARY KEY (approval, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_step_waiting ON approval_step (approver, approval) WHERE status = 'pending';

-- How approvals that Usher cancelled ended.
CREATE TABLE cancellation (
    approval TEXT PRIMARY KEY,
    actor    TEXT NOT NULL REFERENCES person (id),
    at       INTEGER NOT NULL,
    reason   TEXT
) STRICT, WITHOUT ROWID;

-- What somebody is responsible for and would have to hand over, in the order of the numbers.
CREATE TABLE handover_item (
    id     INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    item   TEXT NOT NULL
) STRICT;

CREATE INDEX handover_item_by_person ON handover_item (person);

-- Who handed over what to whom: an item, or a step of an approval.
CREATE TABLE handed_over (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    giver    TEXT NOT NULL REFERENCES person (id),
    receiver TEXT NOT NULL REFERENCES person (id),
    item     TEXT,
    approval TEXT,
    position INTEGER,
    CHECK ((item IS NULL) <> (approval IS NULL))
) STRICT;

CREATE TABLE chat_group (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE group_topic (
    topic      TEXT NOT NULL,
    chat_group TEXT NOT NULL REFERENCES chat_group (id) ON DELETE CASCADE,
    PRIMARY KEY (topic, chat_group)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_topic_by_group ON group_topic (chat_group);

-- The second guard: what no decision may do, whatever its reasons.

CREATE TRIGGER person_is_never_removed BEFORE DELETE ON person
BEGIN
    SELECT RAISE(ABORT, 'a person is never removed');
END;

CREATE TRIGGER person_never_returns BEFORE UPDATE OF status ON person
WHEN OLD.status <> 'active' AND NEW.status = 'active'
BEGIN
    SELECT RAISE(ABORT, 'the id of somebody who left is never given again');
END;

CREATE TRIGGER owner_stays_active BEFORE UPDATE OF status ON person
WHEN NEW.status <> 'active' AND EXISTS (SELECT 1 FROM organisation WHERE owner = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the owner must stay active');
END;

CREATE TRIGGER owner_begins_active BEFORE INSERT ON organisation
WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = NEW.owner AND status = 'active')
BEGIN
    SELECT RAISE(ABORT, 'the owner must be active');
END;

CREATE TRIGGER owner_becomes_active BEFORE UPDATE OF owner ON organisation
WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = NEW.owner AND status = 'active')
BEGIN
    SELECT RAISE(ABORT, 'the owner must be active');
END;

CREATE TRIGGER organisation_stays BEFORE DELETE ON organisation
BEGIN
    SELECT RAISE(ABORT, 'the organisation is never removed');
END;
