-- The live sessions of a user, each with its id, in no order.
-- Arguments: user.

local live, epoch = {}, counters_of(ARGV[4])[1]
for _, id in ipairs(redis.call('ZRANGEBYSCORE', user_key(ARGV[4]), '(' .. digits(now), '+inf')) do
  local row = row_of(id)
  if is_live(row, epoch) then
    live[#live + 1] = { id, row }
  end
end
return live
