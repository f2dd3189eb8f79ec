-- The tokens of a user issued before now are stale; answers with that time.
-- Arguments: user, for how long a cut-off is kept.

local user, keep = ARGV[4], tonumber(ARGV[5])
-- Tokens count in seconds and are stale when issued before the cut-off rounded up. So it is never a whole second, and in a
-- later one than the one before, rounded up.
local at = now
if at % 1000 == 0 then at = at + 1 end
local previous = cutoff_of(user)
if previous then at = math.max(at, math.ceil(previous / 1000) * 1000 + 1) end
redis.call('ZREMRANGEBYSCORE', cutoffs, '-inf', '(' .. digits(now - keep))
redis.call('ZADD', cutoffs, digits(at), user)
keep_until(cutoffs, at + keep)
redis.call('PUBLISH', channel, 'cutoff ' .. user .. ' ' .. digits(at))
return at
