-- A ticket is made, unless its owner's epoch is another one by now.
-- Arguments: key of the ticket, owner (or empty), epoch, address (or empty), data (or empty), lifetime.

local key, user, epoch = ticket_key(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local address, data, expires_at = ARGV[7], ARGV[8], now + tonumber(ARGV[9])

if user ~= '' and counters_of(user)[1] ~= epoch then
  return 0
end

redis.call('HSET', key, 'user', user, 'sent_to', address, 'data', data, 'expires_at', digits(expires_at))
redis.call('PEXPIREAT', key, digits(expires_at + linger))
for _, index in ipairs(ticket_indexes(ARGV[4], user, address)) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', '(' .. digits(now))
  redis.call('ZADD', index, digits(expires_at), ARGV[4])
  keep_until(index, expires_at + linger)
end
return 1
