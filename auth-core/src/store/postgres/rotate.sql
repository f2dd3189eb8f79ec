-- The table of `store/rotation.rs` as one statement: a presented refresh token is judged, and its row changed.
--
-- $1 session, $2 hash of its secret, $3 generation of the token, $4 grace in ms (null: none), $5 whether the previous token may
-- fork, $6 idle time in ms.
--
-- RETURNING shows new values only, and the old ones are what the outcome is about: hence it is a column. Every column has the
-- same cases in the same order, since a CASE cannot set several. The row is found only where its account is open, so that the
-- database looks once; where accounts are the application's, that line goes.
UPDATE auth_sessions AS s SET
    outcome = CASE
        WHEN current = $3 THEN 'rotated'
        WHEN current < $3 THEN 'ahead'
        WHEN previous = $3 AND auth_now() <= current_since + $4 THEN 'replayed'
        WHEN previous = $3 AND $5 THEN 'forked'
        ELSE 'reused' END,
    previous = CASE
        WHEN current <= $3 THEN $3
        ELSE previous END,
    current = CASE
        WHEN current <= $3 THEN $3 + 1
        WHEN previous = $3 AND auth_now() <= current_since + $4 THEN current
        WHEN previous = $3 AND $5 THEN current + 1
        ELSE current END,
    current_since = CASE
        WHEN current <= $3 THEN auth_now()
        WHEN previous = $3 AND auth_now() <= current_since + $4 THEN current_since
        WHEN previous = $3 AND $5 THEN auth_now()
        ELSE current_since END,
    idle_until = CASE
        WHEN current <= $3 THEN least(expires_at, auth_now() + $6)
        WHEN previous = $3 AND auth_now() <= current_since + $4 THEN idle_until
        WHEN previous = $3 AND $5 THEN least(expires_at, auth_now() + $6)
        ELSE idle_until END,
    revoked_at = CASE
        WHEN current <= $3 THEN NULL
        WHEN previous = $3 AND (auth_now() <= current_since + $4 OR $5) THEN NULL
        ELSE auth_now() END,
    revoked_why = CASE
        WHEN current <= $3 THEN NULL
        WHEN previous = $3 AND (auth_now() <= current_since + $4 OR $5) THEN NULL
        ELSE 'reuse' END
WHERE id = $1 AND secret_hash = $2
    AND revoked_at IS NULL AND expires_at > auth_now() AND idle_until > auth_now()
    AND EXISTS (SELECT FROM auth_users u WHERE u.user_id = s.user_id AND u.epoch = s.epoch)
    AND EXISTS (SELECT FROM auth_accounts a WHERE a.id = s.user_id AND a.disabled_at IS NULL) -- only where accounts are kept here
RETURNING id, user_id, epoch, current, current_since, created_at, auth_time, amr, expires_at, idle_until, revoked_at, user_agent,
    ip, outcome,
    auth_now() AS now,
    (SELECT u.roles_version FROM auth_users u WHERE u.user_id = s.user_id) AS roles_version,
    (SELECT a.roles FROM auth_accounts a WHERE a.id = s.user_id) AS roles
