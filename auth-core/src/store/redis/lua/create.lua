-- A session begins, and the one it replaces ends.
-- Arguments: id, user, hash of the secret, lifetime, idle time, id and hash of the session to replace (or empty), the word
-- for that; then names and values of further fields.

local id, user, secret = ARGV[4], ARGV[5], ARGV[6]
local lifetime, idle = tonumber(ARGV[7]), tonumber(ARGV[8])
local other, other_secret, why = ARGV[9], ARGV[10], ARGV[11]

if redis.call('EXISTS', session_key(id)) == 1 then
  return redis.error_reply('IDTAKEN a session with this id exists already')
end

-- The end of the session is the `exp` of its tokens, which is in whole seconds.
local expires_at = math.floor((now + lifetime) / 1000) * 1000
local idle_until = math.min(now + idle, expires_at)

-- Redis deletes the rows of old sessions by itself, but not their names from the indexes: a few go with each new one, so
-- that the indexes stay bounded though nobody cleans.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', digits(now - linger), 'LIMIT', 0, 10)) do
  forget(old)
end
redis.call('ZREMRANGEBYSCORE', user_key(user), '-inf', digits(now - linger))

redis.call('HSET', session_key(id), 'user', user, 'secret_hash', secret, 'head', '0', 'parent', '-1',
  'head_at', digits(now), 'created_at', digits(now), 'auth_time', digits(now),
  'expires_at', digits(expires_at), 'idle_until', digits(idle_until), unpack(ARGV, 12))
redis.call('PEXPIREAT', session_key(id), digits(expires_at + linger))
redis.call('ZADD', ends, digits(expires_at), id)
redis.call('ZADD', open, digits(now), id)
redis.call('ZADD', user_key(user), digits(expires_at), id)
for _, index in ipairs({ ends, open, user_key(user) }) do
  keep_until(index, expires_at + linger)
end

local replaced = 0
if other ~= '' and redis.call('HGET', session_key(other), 'secret_hash') == other_secret and is_live(row_of(other)) then
  revoke(other, why)
  replaced = 1
end
return { cutoff_of(user), replaced, row_of(id) }
