-- Every live session of a user but one is revoked; answers with those that ended.
-- Arguments: user, id of the exception (or empty), why.

local user, except, why = ARGV[4], ARGV[5], ARGV[6]
local ended = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', user_key(user), '(' .. digits(now), '+inf')) do
  if id ~= except and is_live(row_of(id)) then
    revoke(id, why)
    ended[#ended + 1] = id
  end
end
return ended
