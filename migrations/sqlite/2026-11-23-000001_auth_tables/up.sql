-- The tables of auth-core. They share a prefix so that an application can keep its own tables beside them.
-- Every time is an integer: milliseconds since the Unix epoch, UTC. STRICT makes SQLite hold to the declared types.

-- Which layout the tables have. Diesel's own table of migrations cannot tell, because an application that runs its
-- migrations in this database writes there too. Every migration of auth-core sets the version; a program that knows
-- only older versions refuses to start.
CREATE TABLE auth_schema (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

INSERT INTO auth_schema (id, version) VALUES (1, 1);

-- One row per login. Refreshing changes the row and never adds one.
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

-- "My sessions", and "sign out everywhere".
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id);
-- The revocation feed asks for what was revoked lately; live rows are not in this index.
CREATE INDEX auth_sessions_by_revocation ON auth_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
-- Cleaning up takes the oldest ends first.
CREATE INDEX auth_sessions_by_end ON auth_sessions (expires_at);

-- The built-in accounts; unused by an application that has users of its own.
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

-- Access tokens of a user that were issued before `at` must be refreshed: a change of roles without a sign-out.
CREATE TABLE auth_cutoffs (
    user_id TEXT    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    at      INTEGER NOT NULL
) STRICT;

-- The feed asks for the cut-offs set lately.
CREATE INDEX auth_cutoffs_by_time ON auth_cutoffs (at);
