-- A session begins, and the one it replaces ends.
-- Arguments: id, user, hash of the secret, lifetime, idle time, id and hash of the session to replace (or empty), the word
-- for that, epoch, how many sessions the user may have, how many end at most, the word for that; then names and values of
-- further fields. Answers nil where the epoch is not the user's.

local id, user, secret = ARGV[4], ARGV[5], ARGV[6]
local lifetime, idle = tonumber(ARGV[7]), tonumber(ARGV[8])
local other, other_secret, why = ARGV[9], ARGV[10], ARGV[11]
local epoch, most, batch, over_limit = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14]), ARGV[15]
local counters = counters_of(user)

if counters[1] ~= epoch then
  return false
end

if redis.call('EXISTS', session_key(id)) == 1 then
  return redis.error_reply('IDTAKEN a session with this id exists already')
end

-- The end of the session is the `exp` of its tokens, which is in whole seconds.
local expires_at = math.floor((now + lifetime) / 1000) * 1000
local idle_until = math.min(now + idle, expires_at)

-- Redis deletes the rows of old sessions by itself, but not their names from the indexes. Each new
-- session removes a few of them, so the indexes stay bounded even without a cleanup.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', digits(now - linger), 'LIMIT', 0, 10)) do
  forget(old)
end
redis.call('ZREMRANGEBYSCORE', user_key(user), '-inf', digits(now - linger))

redis.call('HSET', session_key(id), 'user', user, 'secret_hash', secret, 'head', '0', 'parent', '-1',
  'head_at', digits(now), 'created_at', digits(now), 'auth_time', digits(now),
  'expires_at', digits(expires_at), 'idle_until', digits(idle_until), 'epoch', digits(epoch), unpack(ARGV, 16))
redis.call('PEXPIREAT', session_key(id), digits(expires_at + linger))
redis.call('ZADD', ends, digits(expires_at), id)
redis.call('ZADD', open, digits(now), id)
redis.call('ZADD', user_key(user), digits(expires_at), id)
for _, index in ipairs({ ends, open, user_key(user), counters_key(user) }) do
  keep_until(index, expires_at + linger)
end

local function replace()
  local found = redis.call('HMGET', session_key(other), 'secret_hash', 'revoked_at')
  if other == '' or found[1] ~= other_secret or found[2] then
    return 0
  end
  revoke(other, why)
  return 1
end

-- Those used least recently of the ones that end first: a user from before there was a limit has more than are looked at.
local function end_surplus()
  local surplus = math.min(redis.call('ZCARD', user_key(user)) - most, batch)
  local ended = {}
  if surplus > 0 then
    local used = {}
    for _, found in ipairs(redis.call('ZRANGE', user_key(user), 0, most + batch)) do
      if found ~= id then
        used[#used + 1] = { found, tonumber(redis.call('HGET', session_key(found), 'head_at') or 0) }
      end
    end
    table.sort(used, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] > b[1]) end)
    for at = 1, math.min(surplus, #used) do
      if redis.call('EXISTS', session_key(used[at][1])) == 1 then
        revoke(used[at][1], over_limit)
        ended[#ended + 1] = used[at][1]
      else
        redis.call('ZREM', user_key(user), used[at][1])
      end
    end
  end
  return ended
end

local replaced = replace()
return { counters, replaced, end_surplus(), row_of(id) }
