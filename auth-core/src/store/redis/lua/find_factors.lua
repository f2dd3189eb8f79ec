-- The authenticator app of a user, and how many recovery codes are left.
-- Arguments: user.

local row = redis.call('HMGET', totp_key(ARGV[4]), 'secret', 'created_at', 'confirmed_at', 'codes_left')
return { row[1] or '', tonumber(row[2] or 0), row[3] and 1 or 0, tonumber(row[4] or 0) }
