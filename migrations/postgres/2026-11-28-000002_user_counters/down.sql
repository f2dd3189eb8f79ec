-- Sessions of an older epoch end for good: the version before knows no epochs.
DROP TRIGGER auth_sessions_revoked ON auth_sessions;
DROP TRIGGER auth_users_changed ON auth_users;
DROP FUNCTION auth_tell();
DROP VIEW auth_sessions_readable;

UPDATE auth_sessions s SET revoked_at = auth_now(), revoked_why = 'operator'
WHERE revoked_at IS NULL AND epoch <> coalesce((SELECT u.epoch FROM auth_users u WHERE u.user_id = s.user_id), 0);

DROP INDEX auth_sessions_by_user;
ALTER TABLE auth_sessions DROP COLUMN epoch;
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id);

CREATE FUNCTION auth_cut_off_after(previous bigint) RETURNS bigint LANGUAGE sql VOLATILE
    RETURN (
        SELECT greatest(clock + (clock % 1000 = 0)::int, (previous + 999) / 1000 * 1000 + 1)
        FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock) AS running
    );

CREATE TABLE auth_cutoffs (
    user_id text    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    at      bigint  NOT NULL,
    pending boolean NOT NULL DEFAULT false
);
CREATE INDEX auth_cutoffs_by_time ON auth_cutoffs (at);
CREATE INDEX auth_cutoffs_pending ON auth_cutoffs (user_id) WHERE pending;
INSERT INTO auth_cutoffs (user_id, at) SELECT user_id, changed_at + 1 FROM auth_users WHERE changed_at > 0;
DROP TABLE auth_users;

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

UPDATE auth_schema SET version = 1;
