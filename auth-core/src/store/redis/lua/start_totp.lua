-- The enrolment of an authenticator app begins, unless the user has a confirmed one, or another epoch by now.
-- Arguments: user, epoch, encrypted secret.

local key = totp_key(ARGV[4])
if counters_of(ARGV[4])[1] ~= tonumber(ARGV[5]) or redis.call('HEXISTS', key, 'confirmed_at') == 1 then
  return 0
end
redis.call('DEL', key)
redis.call('HSET', key, 'secret', ARGV[6], 'created_at', digits(now), 'last_step', '-1', 'tries', '0')
return 1
