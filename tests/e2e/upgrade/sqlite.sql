PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations VALUES('20261123000001','2026-11-28 21:56:58');
INSERT INTO __diesel_schema_migrations VALUES('20261123000002','2026-11-28 21:57:10');
CREATE TABLE auth_schema (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL CHECK (version >= 1)
) STRICT;
INSERT INTO auth_schema VALUES(1,1);
CREATE TABLE auth_sessions (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    -- No foreign key: the users may be the application's own, in another table or another database.
    user_id     TEXT    NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    -- SHA-256 of the session's secret. The secret itself is in the client's refresh token only, so that whoever reads
    -- this table can present nothing.
    secret_hash BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    -- The number of the refresh token that is good now, the number of the one it replaced (-1: none yet), and since
    -- when. A replaced token is judged by these three alone.
    head        INTEGER NOT NULL CHECK (head >= 0),
    parent      INTEGER NOT NULL CHECK (parent >= -1),
    head_at     INTEGER NOT NULL,
    -- How the last presented token was judged. It is a column because RETURNING shows new values only, and the old
    -- ones are what the verdict is about. Null until the first refresh.
    verdict     TEXT    CHECK (verdict IN ('rotated', 'ahead', 'replayed', 'forked', 'reused', 'account_closed')),
    created_at  INTEGER NOT NULL,
    auth_time   INTEGER NOT NULL,
    -- The absolute end. It is also the `exp` of every refresh token of the session, hence a whole second.
    expires_at  INTEGER NOT NULL CHECK (expires_at % 1000 = 0),
    idle_until  INTEGER NOT NULL,
    -- Revocation is a state of its own and final. The row stays as evidence until its absolute end.
    revoked_at  INTEGER,
    revoked_why TEXT,
    user_agent  TEXT,
    ip          TEXT,
    CHECK (parent < head),
    CHECK (idle_until <= expires_at),
    CHECK ((revoked_at IS NULL) = (revoked_why IS NULL)),
    CHECK (verdict NOT IN ('reused', 'account_closed') OR revoked_at IS NOT NULL)
) STRICT;
INSERT INTO auth_sessions VALUES('88ac66df-cd27-4d81-b471-376bdd27f054','50e0f7ae-ce8f-4cb1-b9bd-bedbae5147c8',X'23704d61ea7f623af3ca5ef7166954575bbc6731a8479f65d2b0c9513836c27d',3,2,1795903031818,'rotated',1795903031744,1795903031744,1798495031000,1796507831818,NULL,NULL,'Python-urllib/3.11','127.0.0.1');
INSERT INTO auth_sessions VALUES('86acd95b-4e8a-41c8-bd0c-8e900a041154','7ce455e2-3376-4083-b6ad-9d8f4b05646f',X'fecc493712db73358cb3764e076bda8eb23fb800f5606521ef067656db621618',0,-1,1795903033000,NULL,1795903033000,1795903033000,1798495033000,1796507833000,NULL,NULL,'Python-urllib/3.11','127.0.0.1');
INSERT INTO auth_sessions VALUES('a8a00231-3cfd-419c-abb3-a75ca9f2b60d','4eaeb082-c0aa-4b05-87dc-dbf3b0e8714d',X'0781f2aacc5566198e9f1095139071ab7e5d260d083913d869ae9e41ca4403c4',0,-1,1795903034112,NULL,1795903034112,1795903034112,1798495034000,1796507834112,1795903036437,'logout','Python-urllib/3.11','127.0.0.1');
INSERT INTO auth_sessions VALUES('f6eaf84e-6208-4e92-8bc6-89f08657ddd9','f78cbc83-d69a-4bf1-9de1-dc1b6b2e6811',X'10f96d8dc1596d380a18a92855784c5a0d8aa84ef4a64b4538becba6d17c45e8',0,-1,1795903035284,NULL,1795903035284,1795903035284,1798495035000,1796507835284,1795903039068,'account_closed','Python-urllib/3.11','127.0.0.1');
INSERT INTO auth_sessions VALUES('232fb1e2-3276-4949-980c-688cfed54ea1','80f98e9c-7a96-4656-b879-d07fff418b98',X'ef6c321bc09c1f1eca30370284f9fae9fa730a0b048da92063fdf46c42c320ba',0,-1,1795903036426,NULL,1795903036426,1795903036426,1798495036000,1796507836426,NULL,NULL,'Python-urllib/3.11','127.0.0.1');
CREATE TABLE auth_accounts (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    -- As the user wrote it, and in the form in which e-mails are compared.
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE CHECK (email_key <> ''),
    password_hash TEXT    NOT NULL,
    -- A JSON array of role names. SQLite has no arrays, and nobody asks the database who holds a role.
    roles         TEXT    NOT NULL CHECK (json_valid(roles) AND json_type(roles) = 'array'),
    disabled_at   INTEGER,
    -- Made for trying the software out; a release refuses to start on a database that has one.
    demo          INTEGER NOT NULL CHECK (demo IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT;
INSERT INTO auth_accounts VALUES('50e0f7ae-ce8f-4cb1-b9bd-bedbae5147c8','ann@example.com','ann@example.com','$2b$12$d0wFhdl3wcv/GWWI.x1zBOQLdbMKd7EjmQJCBQmKv/j5hgNhUZ55e','["admin"]',NULL,0,1795903020370);
INSERT INTO auth_accounts VALUES('7ce455e2-3376-4083-b6ad-9d8f4b05646f','vic@example.com','vic@example.com','$2b$12$YH/wvlUlZDtYUg87Y8DDqeY32fDtuGozgnqLJcIoXWcJUb.En0.LS','["editor"]',NULL,0,1795903022648);
INSERT INTO auth_accounts VALUES('4eaeb082-c0aa-4b05-87dc-dbf3b0e8714d','bob@example.com','bob@example.com','$2b$12$eEhq2Q9139ZYkJriNUTYvOIMfVVqZ0KmNrmxEGt0sQd7D5tUNEe7y','["viewer"]',NULL,0,1795903025148);
INSERT INTO auth_accounts VALUES('f78cbc83-d69a-4bf1-9de1-dc1b6b2e6811','dan@example.com','dan@example.com','$2b$12$Yqg0Dbc8IMd4h5RNseGtVef.RzfGk/MCNPHjJ4BxSkEZFIgK2q0Jm','["viewer"]',1795903039068,0,1795903027192);
INSERT INTO auth_accounts VALUES('80f98e9c-7a96-4656-b879-d07fff418b98','eve@example.com','eve@example.com','$2b$12$OX3bPtXyA.aPhSGk3Hn8.uBFtN8RRjj2wWiJVa4O/b6JOLxZQbS2u','["editor"]',NULL,0,1795903029252);
CREATE TABLE auth_cutoffs (
    user_id TEXT    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    at      INTEGER NOT NULL
) STRICT;
INSERT INTO auth_cutoffs VALUES('7ce455e2-3376-4083-b6ad-9d8f4b05646f',1795903037728);
CREATE TABLE reports (
    id    INTEGER NOT NULL PRIMARY KEY,
    owner TEXT    NOT NULL,
    title TEXT    NOT NULL
) STRICT;
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id);
CREATE INDEX auth_sessions_by_revocation ON auth_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX auth_sessions_by_end ON auth_sessions (expires_at);
CREATE INDEX auth_cutoffs_by_time ON auth_cutoffs (at);
COMMIT;
