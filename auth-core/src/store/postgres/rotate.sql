-- The table of `store/rotation.rs` as one statement: a presented refresh token is judged, and its row changed.
--
-- $1 session, $2 hash of its secret, $3 generation of the token, $4 grace in ms (null: none), $5 whether the previous token may
-- fork, $6 idle time in ms.
--
-- RETURNING shows new values only, and the old ones are what the outcome is about: hence it is a column. OFFSET 0 keeps the
-- database from judging again for each column. A sub-select of one account is looked up by its id, where EXISTS could read all
-- accounts; where accounts are the application's, its line goes.
UPDATE auth_sessions AS s SET (outcome, previous, current, current_since, idle_until, revoked_at, revoked_why) = (
    SELECT judged.outcome,
        CASE WHEN judged.outcome IN ('rotated', 'ahead') THEN $3 ELSE s.previous END,
        CASE WHEN judged.outcome IN ('rotated', 'ahead') THEN $3 + 1 WHEN judged.outcome = 'forked' THEN s.current + 1 ELSE s.current END,
        CASE WHEN judged.outcome IN ('rotated', 'ahead', 'forked') THEN auth_now() ELSE s.current_since END,
        CASE WHEN judged.outcome IN ('rotated', 'ahead', 'forked') THEN least(s.expires_at, auth_now() + $6) ELSE s.idle_until END,
        CASE WHEN judged.outcome IN ('reused', 'account_closed') THEN auth_now() END,
        CASE judged.outcome WHEN 'reused' THEN 'reuse' WHEN 'account_closed' THEN 'account_closed' END
    FROM (SELECT CASE
        WHEN (SELECT a.disabled_at IS NULL FROM auth_accounts a WHERE a.id = s.user_id) IS NOT TRUE THEN 'account_closed' -- only where accounts are kept here
        WHEN s.current = $3 THEN 'rotated'
        WHEN s.current < $3 THEN 'ahead'
        WHEN s.previous = $3 AND auth_now() <= s.current_since + $4 THEN 'replayed'
        WHEN s.previous = $3 AND $5 THEN 'forked'
        ELSE 'reused' END OFFSET 0) AS judged (outcome))
WHERE id = $1 AND secret_hash = $2
    AND revoked_at IS NULL AND expires_at > auth_now() AND idle_until > auth_now()
    AND EXISTS (SELECT FROM auth_users u WHERE u.user_id = s.user_id AND u.epoch = s.epoch)
RETURNING id, user_id, epoch, current, current_since, created_at, auth_time, amr, expires_at, idle_until, revoked_at, user_agent,
    ip, outcome,
    auth_now() AS now,
    (SELECT u.roles_version FROM auth_users u WHERE u.user_id = s.user_id) AS roles_version,
    (SELECT a.roles FROM auth_accounts a WHERE a.id = s.user_id AND a.disabled_at IS NULL) AS roles
