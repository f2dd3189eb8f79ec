-- The tables of auth-core. They share a prefix so that an application can keep its own tables beside them.
-- Every time is an integer: milliseconds since the Unix epoch, UTC. `auth_sessions_readable` shows them as timestamps.

-- Which layout the tables have. Diesel's own table of migrations cannot tell, because an application that runs its
-- migrations in this database writes there too. Every migration of auth-core sets the version; a program that knows
-- only older versions refuses to start.
CREATE TABLE auth_schema (
    id      bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL CHECK (version >= 1)
);

INSERT INTO auth_schema (id, version) VALUES (1, 1);

-- "Now" is when the statement began. It cannot be later than the snapshot that the statement reads, so whatever a
-- statement did not see was committed after its "now": cut-offs rest on that (see auth_cutoffs).
CREATE FUNCTION auth_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint;

-- The time to which a cut-off is set when the one before was at `previous` (null: none).
--
-- It is read from the running clock, after the row was locked, not from the statement's start. Access tokens count in
-- seconds and are stale when issued before the cut-off rounded up, hence
-- - never a whole second: what was issued in this very millisecond must be stale, too;
-- - always a later second than the one before, rounded up: tokens issued since the one before carry that second.
CREATE FUNCTION auth_cut_off_after(previous bigint) RETURNS bigint LANGUAGE sql VOLATILE
    RETURN (
        SELECT greatest(clock + (clock % 1000 = 0)::int, (previous + 999) / 1000 * 1000 + 1)
        FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock) AS running
    );

-- One row per login. Refreshing changes the row and never adds one.
CREATE TABLE auth_sessions (
    id          uuid   NOT NULL PRIMARY KEY,
    -- No foreign key: the users may be the application's own, in another table or another database.
    user_id     text   NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    -- SHA-256 of the session's secret. The secret itself is in the client's refresh token only, so that whoever reads
    -- this table can present nothing.
    secret_hash bytea  NOT NULL CHECK (length(secret_hash) = 32),
    -- The number of the refresh token that is good now, the number of the one it replaced (-1: none yet), and since
    -- when. A replaced token is judged by these three alone.
    head        bigint NOT NULL CHECK (head >= 0),
    parent      bigint NOT NULL CHECK (parent >= -1),
    head_at     bigint NOT NULL,
    -- How the last presented token was judged. It is a column because RETURNING shows new values only, and the old
    -- ones are what the verdict is about. Null until the first refresh.
    verdict     text   CHECK (verdict IN ('rotated', 'ahead', 'replayed', 'forked', 'reused', 'account_closed')),
    created_at  bigint NOT NULL,
    auth_time   bigint NOT NULL,
    -- The absolute end. It is also the `exp` of every refresh token of the session, hence a whole second.
    expires_at  bigint NOT NULL CHECK (expires_at % 1000 = 0),
    idle_until  bigint NOT NULL,
    -- Revocation is a state of its own and final. The row stays as evidence until its absolute end.
    revoked_at  bigint,
    revoked_why text,
    user_agent  text,
    ip          text,
    CHECK (parent < head),
    CHECK (idle_until <= expires_at),
    CHECK ((revoked_at IS NULL) = (revoked_why IS NULL)),
    CHECK (verdict NOT IN ('reused', 'account_closed') OR revoked_at IS NOT NULL)
) WITH (
    -- A refresh writes the row anew. No index has a column that it changes, so with room in the page the new version
    -- stands beside the old and no index is touched.
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.05
);

-- "My sessions", and "sign out everywhere".
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id);
-- The revocation feed asks for what was revoked lately; live rows are not in this index.
CREATE INDEX auth_sessions_by_revocation ON auth_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
-- Cleaning up takes the oldest ends first.
CREATE INDEX auth_sessions_by_end ON auth_sessions (expires_at);

-- The built-in accounts; unused by an application that has users of its own.
CREATE TABLE auth_accounts (
    id            text    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    -- As the user wrote it, and in the form in which e-mails are compared.
    email         text    NOT NULL,
    email_key     text    NOT NULL UNIQUE CHECK (email_key <> ''),
    password_hash text    NOT NULL,
    roles         text[]  NOT NULL CHECK (array_position(roles, NULL) IS NULL),
    disabled_at   bigint,
    -- Made for trying the software out; a release refuses to start on a database that has one.
    demo          boolean NOT NULL,
    created_at    bigint  NOT NULL
);

-- Access tokens of a user that were issued before `at` must be refreshed: a change of roles without a sign-out.
CREATE TABLE auth_cutoffs (
    user_id text    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    at      bigint  NOT NULL,
    -- Set in the transaction that changes roles, which cannot know when it will be seen: a refresh that runs beside it
    -- reads the old roles up to the commit. `at` is set after the commit, by whoever comes first: the one who changed
    -- the roles, or, should that process be gone, any node that polls.
    pending boolean NOT NULL DEFAULT false
);

-- The feed asks for the cut-offs set lately, and for those still to be set.
CREATE INDEX auth_cutoffs_by_time ON auth_cutoffs (at);
CREATE INDEX auth_cutoffs_pending ON auth_cutoffs (user_id) WHERE pending;

-- Every node hears of revocations and cut-offs as they are committed, whoever made them, be it an operator with psql.
CREATE FUNCTION auth_tell_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('auth_changes', 'revoked ' || NEW.revoked_at || ' ' || NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION auth_tell_cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('auth_changes', 'cut_off ' || NEW.at || ' ' || NEW.user_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER auth_sessions_revoked AFTER UPDATE OF revoked_at ON auth_sessions
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION auth_tell_revoked();

CREATE TRIGGER auth_cutoffs_set AFTER INSERT OR UPDATE OF at ON auth_cutoffs
    FOR EACH ROW WHEN (NOT NEW.pending)
    EXECUTE FUNCTION auth_tell_cut_off();

-- For operators: the sessions with their times as timestamps, and without the hash.
CREATE VIEW auth_sessions_readable AS
SELECT id,
       user_id,
       head,
       parent,
       verdict,
       revoked_at IS NULL AND auth_now() < least(expires_at, idle_until) AS live,
       to_timestamp(head_at / 1000.0) AS head_at,
       to_timestamp(created_at / 1000.0) AS created_at,
       to_timestamp(auth_time / 1000.0) AS auth_time,
       to_timestamp(expires_at / 1000.0) AS expires_at,
       to_timestamp(idle_until / 1000.0) AS idle_until,
       to_timestamp(revoked_at / 1000.0) AS revoked_at,
       revoked_why,
       user_agent,
       ip
FROM auth_sessions;
