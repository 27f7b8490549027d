-- What the first copy of a remote organisation has read so far, by what was asked. Once there is an organisation, it is empty.
CREATE TABLE reading (
    what   TEXT PRIMARY KEY,
    answer TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
