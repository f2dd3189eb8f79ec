-- Every factor of a user is deleted; answers with whether there was a confirmed one.
-- Arguments: user, epoch (or empty).

if ARGV[5] ~= '' and counters_of(ARGV[4])[1] ~= tonumber(ARGV[5]) then
  return 0
end
local confirmed = redis.call('HEXISTS', totp_key(ARGV[4]), 'confirmed_at')
redis.call('DEL', totp_key(ARGV[4]))
redis.call('DEL', recovery_codes_key(ARGV[4]))
return confirmed
