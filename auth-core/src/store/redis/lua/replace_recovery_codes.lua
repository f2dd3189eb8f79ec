-- A user with a confirmed authenticator app gets other recovery codes, unless the user has another epoch by now.
-- Arguments: user, epoch, hashes of the codes.

if counters_of(ARGV[4])[1] ~= tonumber(ARGV[5]) or redis.call('HEXISTS', totp_key(ARGV[4]), 'confirmed_at') == 0 then
  return 0
end
set_recovery_codes(ARGV[4], 6)
return 1
