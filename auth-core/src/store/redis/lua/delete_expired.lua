-- At most so many sessions whose absolute end is so long ago are deleted; answers how many. One that Redis deleted by
-- itself counts when its name leaves the indexes.
-- Arguments: how long ago, limit.

local old = redis.call('ZRANGEBYSCORE', ends, '-inf', digits(now - tonumber(ARGV[4])), 'LIMIT', 0, ARGV[5])
for _, id in ipairs(old) do
  forget(id)
end
return #old
