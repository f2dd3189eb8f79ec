-- The tokens of a user issued before now are stale; answers with that time.
-- Arguments: user, for how long a cut-off is kept.

local user, keep = ARGV[4], tonumber(ARGV[5])
-- It never moves back: when the clock does, the later one holds.
local at = math.max(now, cutoff_of(user) or now)
redis.call('ZREMRANGEBYSCORE', cutoffs, '-inf', '(' .. digits(now - keep))
redis.call('ZADD', cutoffs, digits(at), user)
keep_until(cutoffs, at + keep)
redis.call('PUBLISH', channel, 'cutoff ' .. user .. ' ' .. digits(at))
return at
