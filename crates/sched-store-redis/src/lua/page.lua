-- ARGV: the bounds of a part of the index, how many records at most, and how many bytes of a
-- place come before its id. Answers with each record's id and value, in the index's order.
local found = {}
local places = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
for _, at in ipairs(places) do
  local id = string.sub(at, ARGV[4] + 1)
  local value = redis.call('HGET', KEYS[1], id)
  if not value then
    return redis.error_reply('TORN ' .. KEYS[1] .. ' lacks a record that ' .. KEYS[2] .. ' has')
  end
  found[#found + 1] = id
  found[#found + 1] = value
end
return found
