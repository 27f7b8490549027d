-- What is open of somebody's is what waits and what is being carried out: the first has an index already, and
-- an operation that is neither touches one index less.
DROP INDEX operation_open;
CREATE INDEX operation_executing ON operation (requester) WHERE state = 'executing';
