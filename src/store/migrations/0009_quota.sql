-- How many of the platform's counted calls were made in a month (such as 2026-11), and whether the owner was warned.
CREATE TABLE quota (
    month TEXT PRIMARY KEY,
    calls INTEGER NOT NULL,
    told  INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT, WITHOUT ROWID;
