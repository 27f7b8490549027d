-- The highest number that a message had once somebody was erased: those up to it may still speak of them. Nobody has it yet
-- in the transaction that erases them. And how many of those still wait.
ALTER TABLE erasure ADD COLUMN last INTEGER;
ALTER TABLE erasure ADD COLUMN waiting INTEGER;
