-- Every command that the other scripts run, on keys that nothing else uses: answers with the refusals.

local hash, set = prefix .. 'try:hash', prefix .. 'try:set'
local refused = {}

local function try(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) == 'table' and answer.err then
    refused[#refused + 1] = command .. ': ' .. answer.err
  end
end

try('HSET', hash, 'field', '1')
try('HGET', hash, 'field')
try('HMGET', hash, 'field')
try('HEXISTS', hash, 'field')
try('HINCRBY', hash, 'field', 1)
try('EXISTS', hash)
try('PTTL', hash)
try('PEXPIREAT', hash, digits(now + 1000))
try('ZADD', set, 1, 'member')
try('ZCARD', set)
try('ZCOUNT', set, '-inf', '+inf')
try('ZRANGE', set, 0, -1)
try('ZREVRANGE', set, 0, -1)
try('ZRANGEBYSCORE', set, '-inf', '+inf')
try('ZREM', set, 'member')
try('ZREMRANGEBYSCORE', set, '-inf', '+inf')
try('PUBLISH', channel, 'try')
try('TIME')
try('DEL', hash)
try('UNLINK', set)
return refused
