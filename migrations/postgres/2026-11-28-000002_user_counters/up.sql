-- Every user has two counters, in one row. They replace times: counters order what happened whatever the clocks do, and
-- ending all sessions of a user changes one row whatever their number.
CREATE TABLE auth_users (
    user_id       text   NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    -- What was proven under an older epoch no longer holds. A session is live only under the epoch that it began in.
    epoch         bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    -- Access tokens with an older version carry roles that have changed since.
    roles_version bigint NOT NULL DEFAULT 0 CHECK (roles_version >= 0),
    -- When one of them last changed: the revocation feed asks for the users of lately.
    changed_at    bigint NOT NULL DEFAULT 0
);

CREATE INDEX auth_users_by_change ON auth_users (changed_at) WHERE changed_at > 0;

ALTER TABLE auth_sessions ADD COLUMN epoch bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0);

-- Access tokens from before this migration count as of version 0. Where a user's roles changed within the last two hours
-- (no access token lives longer than one), those from before the change must stay stale.
INSERT INTO auth_users (user_id, roles_version, changed_at)
SELECT user_id, 1, CASE WHEN pending THEN auth_now() ELSE at END FROM auth_cutoffs
WHERE pending OR at > auth_now() - 7200 * 1000;
INSERT INTO auth_users (user_id)
SELECT user_id FROM auth_sessions UNION SELECT id FROM auth_accounts
ON CONFLICT DO NOTHING;

DROP TABLE auth_cutoffs;
DROP FUNCTION auth_cut_off_after(bigint);

-- Only sessions that are not revoked are asked for by user, and those of one epoch are few.
DROP INDEX auth_sessions_by_user;
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id, epoch) WHERE revoked_at IS NULL;

-- A notification says "read the tables" and carries no data: any role of the database may NOTIFY, also one without a right
-- on any table. The same notification twice in a transaction is sent once.
DROP TRIGGER auth_sessions_revoked ON auth_sessions;
DROP FUNCTION auth_tell_revoked();
DROP FUNCTION auth_tell_cut_off();

CREATE FUNCTION auth_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('auth_changes', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER auth_sessions_revoked AFTER UPDATE OF revoked_at ON auth_sessions
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION auth_tell();

CREATE TRIGGER auth_users_changed AFTER UPDATE OF changed_at ON auth_users
    FOR EACH ROW EXECUTE FUNCTION auth_tell();

DROP VIEW auth_sessions_readable;
-- For operators: the sessions with their times as timestamps, and without the hash.
CREATE VIEW auth_sessions_readable AS
SELECT id,
       user_id,
       epoch,
       head,
       parent,
       verdict,
       revoked_at IS NULL AND auth_now() < least(expires_at, idle_until)
           AND EXISTS (SELECT FROM auth_users u WHERE u.user_id = s.user_id AND u.epoch = s.epoch) AS live,
       to_timestamp(head_at / 1000.0) AS head_at,
       to_timestamp(created_at / 1000.0) AS created_at,
       to_timestamp(auth_time / 1000.0) AS auth_time,
       to_timestamp(expires_at / 1000.0) AS expires_at,
       to_timestamp(idle_until / 1000.0) AS idle_until,
       to_timestamp(revoked_at / 1000.0) AS revoked_at,
       revoked_why,
       user_agent,
       ip
FROM auth_sessions s;

UPDATE auth_schema SET version = 2;
