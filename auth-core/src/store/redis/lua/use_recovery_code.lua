-- A recovery code is used, if it is good.
-- Arguments: user, hash of the code.

local codes = recovery_codes_key(ARGV[4])
if redis.call('HGET', codes, ARGV[5]) ~= '' then
  return 0
end
redis.call('HSET', codes, ARGV[5], digits(now))
redis.call('HINCRBY', totp_key(ARGV[4]), 'codes_left', -1)
redis.call('HSET', totp_key(ARGV[4]), 'tries', '0')
return 1
