-- Messages that nobody had asked for, found among the many answers that were sent.
CREATE INDEX outbox_notices ON outbox (created) WHERE state = 'sent' AND kind IN ('notice', 'task', 'warning');
