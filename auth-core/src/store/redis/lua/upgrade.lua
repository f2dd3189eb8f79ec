-- The version before kept the times of role changes, where this one counts. A user whose roles changed within two hours (no
-- access token lives longer than one) gets a version, so that access tokens from before the change stay stale.

local cutoffs = prefix .. 'cutoffs'
local users = redis.call('ZRANGEBYSCORE', cutoffs, digits(now - 7200 * 1000), '+inf')
for _, user in ipairs(users) do
  count_up(user, 'roles_version')
end
redis.call('DEL', cutoffs)
return #users
