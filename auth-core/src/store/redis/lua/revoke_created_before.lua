-- Of the sessions that were made before a time, some are revoked: a page of the index is looked at, from the newest of
-- them down, so that nothing is passed over though others leave the index between two pages.
-- Arguments: time, limit, why, how many of the oldest are yet to be looked at (or empty: all).
-- Answers with how many are left to be looked at, and with those that ended.

local limit, why = tonumber(ARGV[5]), ARGV[6]
local top = tonumber(ARGV[7]) or redis.call('ZCOUNT', open, '-inf', '(' .. ARGV[4])
local bottom = math.max(top - 500, 0)
local ended = {}
if top > 0 then
  local ids = redis.call('ZRANGE', open, bottom, top - 1)
  for at = #ids, 1, -1 do
    if #ended == limit then
      break
    elseif redis.call('HEXISTS', session_key(ids[at]), 'user') == 1 then
      revoke(ids[at], why)
      ended[#ended + 1] = ids[at]
    end
  end
end
return { bottom, ended }
