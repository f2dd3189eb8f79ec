-- A try is counted. Answers with a word, the time to wait or the time of the enrolment, whether the app is confirmed, and the secret.
-- Arguments: user, how many tries in a row, how long to wait after them.

local key, wait = totp_key(ARGV[4]), tonumber(ARGV[6])
local row = redis.call('HMGET', key, 'secret', 'created_at', 'confirmed_at', 'tries', 'tried_at')
if not row[1] then
  return { 'none', 0, 0, '' }
end
local tried_at = tonumber(row[5] or 0)
if tonumber(row[4]) >= tonumber(ARGV[5]) and tried_at > now - wait then
  return { 'wait', tried_at + wait - now, 0, '' }
end
redis.call('HINCRBY', key, 'tries', 1)
redis.call('HSET', key, 'tried_at', digits(now))
return { 'counted', tonumber(row[2]), row[3] and 1 or 0, row[1] }
