-- The rotation machine: a presented refresh token is judged, and the row changed.
-- Arguments: id, hash of the secret, `seq`, `seq + 1`, grace, 1 if the parent may fork, idle time, the word for a reuse,
-- 1 if a reuse ends every session of the user.
--
-- Numbers of tokens reach 2^53 + 1, which Lua cannot count to: they are compared as text, and Redis adds.

local id, secret, seq, next_seq = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local grace, may_fork, idle, why = tonumber(ARGV[8]), ARGV[9] == '1', tonumber(ARGV[10]), ARGV[11]
local key = session_key(id)

local found = redis.call('HMGET', key, 'secret_hash', 'head', 'parent', 'head_at', 'expires_at', 'idle_until',
  'revoked_at', 'user', 'epoch')
local head, parent, head_at = found[2], found[3], tonumber(found[4] or 0)
local expires_at, idle_until = tonumber(found[5] or 0), tonumber(found[6] or 0)

if not found[1] then
  return { 'unknown', now, { 0, 0 }, {}, 0 }
elseif found[1] ~= secret then
  return { 'wrong_secret', now, { 0, 0 }, {}, 0 }
elseif now >= expires_at or now >= idle_until then
  return { 'expired', now, { 0, 0 }, {}, 0 }
elseif found[7] or tonumber(found[9] or 0) ~= counters_of(found[8])[1] then
  return { 'revoked', now, { 0, 0 }, {}, 0 }
end

local function is_before(a, b)
  return #a < #b or (#a == #b and a < b)
end

local function use(...)
  redis.call('HSET', key, 'head_at', digits(now), 'idle_until', digits(math.min(now + idle, expires_at)), ...)
end

local verdict
-- How many other sessions of the user a reuse ended.
local ended = 0
if head == seq then
  verdict = 'rotated'
  use('parent', seq, 'head', next_seq)
elseif is_before(head, seq) then
  verdict = 'ahead'
  use('parent', seq, 'head', next_seq)
elseif parent == seq and grace > 0 and now <= head_at + grace then
  verdict = 'replayed'
elseif parent == seq and may_fork then
  verdict = 'forked'
  use()
  -- The parent stays the parent: a client that retries it within the new window gets the new head.
  redis.call('HINCRBY', key, 'head', 1)
else
  verdict = 'reused'
  revoke(id, why)
  if ARGV[12] == '1' then
    local _, others = begin_epoch(found[8])
    ended = others
  end
end
return { verdict, now, counters_of(found[8]), row_of(id), ended }
