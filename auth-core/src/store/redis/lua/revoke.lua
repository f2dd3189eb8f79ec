-- A session that is not revoked yet is; says whether it was done.
-- Arguments: id, hash of the secret (or empty: none is asked for), why.

local id, secret, why = ARGV[4], ARGV[5], ARGV[6]
local found = redis.call('HMGET', session_key(id), 'secret_hash', 'revoked_at')
if not found[1] or found[2] or (secret ~= '' and secret ~= found[1]) then
  return 0
end
revoke(id, why)
return 1
