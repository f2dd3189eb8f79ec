-- Every user has two counters, in one row. They replace times: counters order what happened whatever the clocks do, and
-- ending all sessions of a user changes one row whatever their number.
CREATE TABLE auth_users (
    user_id       TEXT    NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    -- What was proven under an older epoch no longer holds. A session is live only under the epoch that it began in.
    epoch         INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    -- Access tokens with an older version carry roles that have changed since.
    roles_version INTEGER NOT NULL DEFAULT 0 CHECK (roles_version >= 0),
    -- When one of them last changed: the revocation feed asks for the users of lately.
    changed_at    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX auth_users_by_change ON auth_users (changed_at) WHERE changed_at > 0;

ALTER TABLE auth_sessions ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0);

-- Access tokens from before this migration count as of version 0. Where a user's roles changed within the last two hours
-- (no access token lives longer than one), those from before the change must stay stale.
INSERT INTO auth_users (user_id, roles_version, changed_at)
SELECT user_id, 1, at FROM auth_cutoffs WHERE at > (unixepoch() - 7200) * 1000;
INSERT OR IGNORE INTO auth_users (user_id)
SELECT user_id FROM auth_sessions UNION SELECT id FROM auth_accounts;

DROP TABLE auth_cutoffs;

-- Only sessions that are not revoked are asked for by user, and those of one epoch are few.
DROP INDEX auth_sessions_by_user;
CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id, epoch) WHERE revoked_at IS NULL;

UPDATE auth_schema SET version = 2;
