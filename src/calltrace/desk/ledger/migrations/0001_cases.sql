-- Cases, what was entered in them, and the reports kept with them. One dialect for SQLite and PostgreSQL: instants
-- are ISO 8601 texts in UTC, amounts decimal texts. An entry is never changed; a later one says what became of it.

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
);

INSERT INTO counters (name, last) VALUES ('case', 0);

CREATE TABLE cases (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  complaint TEXT NOT NULL,
  claim TEXT NOT NULL,
  caller TEXT NOT NULL,
  start_at TEXT,
  end_at TEXT,
  opened_at TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  entries INTEGER NOT NULL
);

CREATE INDEX cases_account ON cases (account);

CREATE TABLE entries (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  number INTEGER NOT NULL,
  written_at TEXT NOT NULL,
  written_by TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  person TEXT NOT NULL,
  channel TEXT NOT NULL,
  about INTEGER,
  due_at TEXT,
  happened_at TEXT,
  amount TEXT,
  currency TEXT,
  cause TEXT,
  PRIMARY KEY (case_id, number),
  FOREIGN KEY (case_id, about) REFERENCES entries (case_id, number)
);

CREATE INDEX entries_kind ON entries (kind, case_id);

CREATE INDEX entries_about ON entries (case_id, about);

CREATE TABLE reports (
  case_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  cause TEXT NOT NULL,
  party TEXT NOT NULL,
  confidence REAL,
  wording TEXT NOT NULL,
  summary TEXT NOT NULL,
  start_at TEXT,
  end_at TEXT,
  document TEXT NOT NULL,
  PRIMARY KEY (case_id, number),
  FOREIGN KEY (case_id, number) REFERENCES entries (case_id, number)
);

CREATE TABLE upkeep (
  done_at TEXT NOT NULL,
  done_by TEXT NOT NULL,
  what TEXT NOT NULL,
  cases INTEGER NOT NULL
);
