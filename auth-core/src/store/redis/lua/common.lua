-- What every script begins with: its first three arguments, the names of the keys, the time, and how a session ends.
-- Redis runs a script alone, and its log replays it whole or not at all.

local prefix, channel, linger = ARGV[1], ARGV[2], tonumber(ARGV[3])

-- Session ids by the absolute end; by the time of creation while not revoked; by the time of revocation.
local ends, open, revoked = prefix .. 'ends', prefix .. 'open', prefix .. 'revoked'
-- Users by the time when their counters last changed.
local changed = prefix .. 'changed'

local function session_key(id)
  return prefix .. 'session:' .. id
end

-- The ids of a user's sessions by the absolute end: those that are not revoked, of the epoch of now.
local function user_key(user)
  return prefix .. 'user:' .. user
end

-- The user's counters. They stay until the last session that could be of an older epoch is over.
local function counters_key(user)
  return prefix .. 'counters:' .. user
end

-- A ticket is named by its purpose and the hash of its secret.
local function ticket_key(name)
  return prefix .. 'ticket:' .. name
end

-- The names of a user's tickets by their end.
local function user_tickets_key(user)
  return prefix .. 'tickets:user:' .. user
end

-- The names of the tickets to an address that belong to no user, by their end.
local function address_tickets_key(address)
  return prefix .. 'tickets:address:' .. address
end

-- A user's authenticator app: it stays until it is removed.
local function totp_key(user)
  return prefix .. 'totp:' .. user
end

-- The hashes of a user's recovery codes, each with the time of its use or empty.
local function recovery_codes_key(user)
  return prefix .. 'recovery:' .. user
end

-- The server's time in milliseconds.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- A whole number in digits; Lua itself would write a long one with an exponent.
local function digits(number)
  return string.format('%.0f', number)
end

-- No key but a factor is for ever: an index goes with the last of what it names.
local function keep_until(key, at)
  if redis.call('PTTL', key) < at - now then
    redis.call('PEXPIREAT', key, digits(at))
  end
end

-- What callers see of a session; its secret's hash is not among it. Rows of every version so far are of one layout, so a field
-- keeps its first name: `head` is the generation of the current token since `head_at`, and `parent` that of the previous one.
local function row_of(id)
  return redis.call('HMGET', session_key(id), 'user', 'head', 'head_at', 'created_at', 'auth_time', 'expires_at',
    'idle_until', 'revoked_at', 'user_agent', 'ip', 'epoch', 'amr')
end

-- Epoch and roles version; 0 for a user without counters.
local function counters_of(user)
  local found = redis.call('HMGET', counters_key(user), 'epoch', 'roles_version')
  return { tonumber(found[1] or 0), tonumber(found[2] or 0) }
end

local function is_of_epoch(row, epoch)
  return tonumber(row[11] or 0) == epoch
end

local function is_live(row, epoch)
  return row[1] and not row[8] and now < tonumber(row[6]) and now < tonumber(row[7]) and is_of_epoch(row, epoch)
end

-- Adds one to a counter of a user; answers with both.
local function count_up(user, counter)
  -- No access token lives for more than an hour. Sessions are named until their end, or the counters are kept since.
  local last = redis.call('ZREVRANGE', user_key(user), 0, 0, 'WITHSCORES')
  local day = now + 24 * 3600 * 1000
  redis.call('HINCRBY', counters_key(user), counter, 1)
  keep_until(counters_key(user), math.max(day, tonumber(last[2] or 0) + linger))
  redis.call('ZREMRANGEBYSCORE', changed, '-inf', '(' .. digits(now - 24 * 3600 * 1000))
  redis.call('ZADD', changed, digits(now), user)
  keep_until(changed, day)
  redis.call('PUBLISH', channel, '')
  return counters_of(user)
end

-- Begins a new epoch of a user; answers with the counters, and with how many live sessions but `kept` ended.
local function begin_epoch(user, kept)
  local epoch, ended = counters_of(user)[1], 0
  -- As many as the user may have, or nearly: revoked ones, and those of former epochs, are not named there.
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', user_key(user), '(' .. digits(now), '+inf')) do
    if id ~= kept and is_live(row_of(id), epoch) then
      ended = ended + 1
    end
  end
  local counters = count_up(user, 'epoch')
  redis.call('UNLINK', user_key(user))
  return counters, ended
end

-- Revokes a session that is not revoked yet. The row comes first: it is what decides.
local function revoke(id, why)
  redis.call('HSET', session_key(id), 'revoked_at', digits(now), 'revoked_why', why)
  redis.call('ZADD', revoked, digits(now), id)
  keep_until(revoked, tonumber(redis.call('HGET', session_key(id), 'expires_at')) + linger)
  redis.call('ZREM', open, id)
  redis.call('ZREM', user_key(redis.call('HGET', session_key(id), 'user')), id)
  redis.call('PUBLISH', channel, '')
end

-- Takes away what is left of a session that is over.
local function forget(id)
  local user = redis.call('HGET', session_key(id), 'user')
  if user then
    redis.call('ZREM', user_key(user), id)
  end
  redis.call('DEL', session_key(id))
  redis.call('ZREM', open, id)
  redis.call('ZREM', revoked, id)
  redis.call('ZREM', ends, id)
end

-- Where a ticket is named: first among its siblings, which are of one purpose and one user, or one address where there is no user;
-- then among all of its user or its address.
local function ticket_indexes(name, user, address)
  local purpose = string.sub(name, 1, -66)
  if user ~= '' then
    return { prefix .. 'siblings:' .. purpose .. ':user:' .. user, user_tickets_key(user) }
  elseif address ~= '' then
    return { prefix .. 'siblings:' .. purpose .. ':address:' .. address, address_tickets_key(address) }
  end
  return {}
end

-- Ends the tickets that an index names, those that were used excepted.
local function end_tickets(index)
  if not index then
    return
  end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', index, '(' .. digits(now), '+inf')) do
    if redis.call('EXISTS', ticket_key(name)) == 1 and redis.call('HEXISTS', ticket_key(name), 'used_at') == 0 then
      redis.call('HSET', ticket_key(name), 'used_at', digits(now))
    end
  end
  redis.call('UNLINK', index)
end

-- Replaces a user's recovery codes by those in the arguments from `first` on.
local function set_recovery_codes(user, first)
  redis.call('DEL', recovery_codes_key(user))
  for at = first, #ARGV do
    redis.call('HSET', recovery_codes_key(user), ARGV[at], '')
  end
  redis.call('HSET', totp_key(user), 'codes_left', digits(#ARGV - first + 1))
end
