-- An authenticator app becomes a factor, with its recovery codes, unless it is one or another one, or the user has another epoch by now.
-- Arguments: user, epoch, encrypted secret, step of the code, hashes of the recovery codes.

local key = totp_key(ARGV[4])
local row = redis.call('HMGET', key, 'secret', 'confirmed_at')
if counters_of(ARGV[4])[1] ~= tonumber(ARGV[5]) or row[1] ~= ARGV[6] or row[2] then
  return 0
end
redis.call('HSET', key, 'confirmed_at', digits(now), 'last_step', ARGV[7], 'tries', '0')
set_recovery_codes(ARGV[4], 8)
return 1
