-- A new epoch of a user: every session ends, but for the one that goes on under it.
-- Arguments: user; then, if one goes on: its id, the hash of its new secret (or empty: it keeps its own), idle time.
-- Answers with the counters and with how many live sessions ended; if one goes on, with the time and its row as well, or
-- nil, and nothing is done, where that one is not live.

local user, kept, secret = ARGV[4], ARGV[5], ARGV[6]

if kept then
  local row = row_of(kept)
  if row[1] ~= user or not is_live(row, counters_of(user)[1]) then
    return false
  end
end

local counters, ended = begin_epoch(user, kept)
if kept then
  -- The password changed: no link that was made before is good.
  end_tickets(user_tickets_key(user))
end
if not kept then
  return { counters, ended }
end

local expires_at = tonumber(redis.call('HGET', session_key(kept), 'expires_at'))
redis.call('HSET', session_key(kept), 'epoch', digits(counters[1]),
  'idle_until', digits(math.min(now + tonumber(ARGV[7]), expires_at)))
if secret ~= '' then
  -- No token of before carries the new secret, so none of them is the previous one.
  redis.call('HSET', session_key(kept), 'secret_hash', secret, 'parent', '-1')
end
redis.call('ZADD', user_key(user), digits(expires_at), kept)
keep_until(user_key(user), expires_at + linger)
return { counters, ended, now, row_of(kept) }
