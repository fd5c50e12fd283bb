-- ARGV: the bounds of a part of the index, how many records at most, and how many bytes of a
-- place come before its id. Answers with each record's id and value, in the index's order.
local ids = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
for n, at in ipairs(ids) do
  ids[n] = string.sub(at, ARGV[4] + 1)
end
local found = {}
for n, value in ipairs(values(ids)) do
  if not value then
    return redis.error_reply('TORN ' .. KEYS[1] .. ' lacks a record that ' .. KEYS[2] .. ' has')
  end
  found[2 * n - 1] = ids[n]
  found[2 * n] = value
end
return found
