-- ARGV: how the places of each lane begin. Answers with the eight bytes of the first due time of
-- each lane that has one. They are not compared here: Lua orders text by the server's locale.
local first = {}
for _, lane in ipairs(ARGV) do
  local last = '(' .. lane .. string.rep('\255', 9)
  local at = redis.call('ZRANGEBYLEX', KEYS[2], '[' .. lane, last, 'LIMIT', 0, 1)[1]
  if at then
    first[#first + 1] = string.sub(at, #lane + 1, #lane + 8)
  end
end
return first
