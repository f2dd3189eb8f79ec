-- A step is used, unless it or a later one was.
-- Arguments: user, encrypted secret, step, encrypted secret from now on.

local key = totp_key(ARGV[4])
local row = redis.call('HMGET', key, 'secret', 'confirmed_at', 'last_step')
if row[1] ~= ARGV[5] or not row[2] or tonumber(row[3]) >= tonumber(ARGV[6]) then
  return 0
end
redis.call('HSET', key, 'last_step', ARGV[6], 'tries', '0', 'secret', ARGV[7])
return 1
