-- How somebody left stands with them: when, and unless they were merely no longer listed, who did it and why.
ALTER TABLE person ADD COLUMN left_at INTEGER;
ALTER TABLE person ADD COLUMN left_by TEXT REFERENCES person (id);
ALTER TABLE person ADD COLUMN reason TEXT;

UPDATE person SET (left_at, left_by, reason) = (SELECT at, actor, reason FROM departure WHERE person = id)
WHERE status <> 'active';

DROP TABLE departure;
