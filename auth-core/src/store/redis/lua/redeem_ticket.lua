-- The ticket, if it is good: not used, and before its end. It is used, and its siblings end, unless it is only looked at.
-- Arguments: key of the ticket, whether it is used.

local row = redis.call('HMGET', ticket_key(ARGV[4]), 'user', 'sent_to', 'data', 'expires_at', 'used_at')
if not row[4] or row[5] or now >= tonumber(row[4]) then
  return false
end
if ARGV[5] == '1' then
  redis.call('HSET', ticket_key(ARGV[4]), 'used_at', digits(now))
  end_tickets(ticket_indexes(ARGV[4], row[1], row[2])[1])
end
return { row[1], row[2], row[3], row[4] }
