-- A ledger as the first version wrote it. Never to be changed: whatever comes later has to open it.
PRAGMA application_id = 1668575843;
BEGIN TRANSACTION;
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
INSERT INTO "cases" VALUES(1,'1021','Polar Refrigeration','America/New_York','missed-calls','every call since Friday night','',NULL,NULL,'2026-02-16T13:30:00Z','dana',11);
INSERT INTO "cases" VALUES(2,'2000','Alma Dental','America/New_York','long-hold','','',NULL,NULL,'2026-02-17T13:30:00Z','eli',1);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
);
INSERT INTO "counters" VALUES('case',2);
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
INSERT INTO "entries" VALUES(1,1,'2026-02-16T13:30:00Z','dana','opened','every call since Friday night','','',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,2,'2026-02-16T13:30:00Z','dana','report','The client did not forward its lines.','','',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,3,'2026-02-16T13:30:00Z','dana','promise','call back with the report','dana','',NULL,'2026-02-16T15:30:00Z',NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,4,'2026-02-16T14:30:00Z','dana','note','lines were not forwarded','Ms Keane','phone',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,5,'2026-02-16T14:30:00Z','eli','moved','she is out','','',3,'2026-02-16T17:30:00Z',NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,6,'2026-02-16T15:30:00Z','dana','change','forward by schedule','Ms Keane','',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,7,'2026-02-16T18:30:00Z','dana','kept','','','',3,NULL,'2026-02-16T16:30:00Z',NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,8,'2026-02-16T18:30:00Z','dana','signed','','Ms Keane','',6,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,9,'2026-02-16T18:30:00Z','dana','credit','goodwill','','',NULL,NULL,NULL,'25.50','USD',NULL);
INSERT INTO "entries" VALUES(1,10,'2026-02-16T18:30:00Z','dana','follow-up','does it hold?','','',NULL,'2026-02-23T13:30:00Z',NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(1,11,'2026-02-16T19:30:00Z','dana','closed','forwards by schedule','','',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "entries" VALUES(2,1,'2026-02-17T13:30:00Z','eli','opened','','','',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE migrations (version INTEGER PRIMARY KEY, done_at TEXT NOT NULL);
INSERT INTO migrations VALUES(1,'2026-02-16T13:30:00Z');
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
INSERT INTO "reports" VALUES(1,2,'lines-not-forwarded','client',0.95,'confirmed','The client did not forward its lines.','2026-02-13T13:30:00Z','2026-02-16T04:30:00Z','{"schema":"calltrace.report/1","command":"investigate","account":{"account":"1021","name":"Polar Refrigeration","numbers":["+17175550142"]},"zone":"America/New_York","verdict":{"cause":"lines-not-forwarded","party":"client","confidence":0.95,"wording":"confirmed","summary":"The client did not forward its lines."},"window":{"start":"2026-02-13T13:30:00+00:00","end":"2026-02-16T04:30:00+00:00"}}');
CREATE TABLE upkeep (
  done_at TEXT NOT NULL,
  done_by TEXT NOT NULL,
  what TEXT NOT NULL,
  cases INTEGER NOT NULL
);
CREATE INDEX cases_account ON cases (account);
CREATE INDEX entries_kind ON entries (kind, case_id);
CREATE INDEX entries_about ON entries (case_id, about);
COMMIT;
