-- The rotation machine: a presented refresh token is judged, and the row changed.
-- Arguments: id, hash of the secret, generation presented, the one after it, grace, 1 if the previous token may fork, idle time,
-- the word for a reuse, 1 if a reuse ends every session of the user. Names of fields: see `row_of`.
--
-- Generations reach 2^53 + 1, which Lua cannot count to: they are compared as text, and Redis adds.

local id, secret, generation, next_generation = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local grace, may_fork, idle, why = tonumber(ARGV[8]), ARGV[9] == '1', tonumber(ARGV[10]), ARGV[11]
local key = session_key(id)

local found = redis.call('HMGET', key, 'secret_hash', 'head', 'parent', 'head_at', 'expires_at', 'idle_until',
  'revoked_at', 'user', 'epoch')
local current, previous, current_since = found[2], found[3], tonumber(found[4] or 0)
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

local outcome
-- How many other sessions of the user a reuse ended.
local ended = 0
if current == generation then
  outcome = 'rotated'
  use('parent', generation, 'head', next_generation)
elseif is_before(current, generation) then
  outcome = 'ahead'
  use('parent', generation, 'head', next_generation)
elseif previous == generation and grace > 0 and now <= current_since + grace then
  outcome = 'replayed'
elseif previous == generation and may_fork then
  outcome = 'forked'
  use()
  -- The previous token stays the previous one: within the new window, a client that retries it gets the new current token.
  redis.call('HINCRBY', key, 'head', 1)
else
  outcome = 'reused'
  revoke(id, why)
  if ARGV[12] == '1' then
    local _, others = begin_epoch(found[8])
    ended = others
  end
end
return { outcome, now, counters_of(found[8]), row_of(id), ended }
