-- The learner's record: an append-only log. `seq` is the order in which this file took the
-- events; `id` makes the union of two records the union of their ids.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    learner  TEXT NOT NULL,
    attempt  TEXT NOT NULL,
    client   TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    question TEXT,
    payload  TEXT NOT NULL,      -- JSON
    at       INTEGER NOT NULL    -- UTC milliseconds
) STRICT;

CREATE INDEX event_by_attempt ON event (attempt, seq);
CREATE INDEX event_by_kind ON event (kind, at);
CREATE INDEX event_shown ON event (question, at) WHERE kind = 'shown';

-- Every revision of a question that was ever shown, by the sha256 of its canonical JSON.
CREATE TABLE revision (
    digest TEXT PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest window on each attempt. Of this file only: no part of the record.
CREATE TABLE claim (
    attempt TEXT PRIMARY KEY,
    epoch   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose record this is.
CREATE TABLE learner (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
