-- At most so many live sessions that were made before a time are revoked; answers with those that ended.
-- Arguments: time, limit, why.

local before, limit, why = '(' .. ARGV[4], tonumber(ARGV[5]), ARGV[6]
local ended, passed_over = {}, 0
while #ended < limit do
  local ids = redis.call('ZRANGEBYSCORE', open, '-inf', before, 'LIMIT', passed_over, 500)
  if #ids == 0 then
    break
  end
  for _, id in ipairs(ids) do
    if #ended == limit then
      break
    elseif is_live(row_of(id)) then
      -- It leaves the index.
      revoke(id, why)
      ended[#ended + 1] = id
    else
      passed_over = passed_over + 1
    end
  end
end
return ended
