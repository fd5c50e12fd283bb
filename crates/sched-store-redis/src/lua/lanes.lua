-- From the first place of each lane to behind its last one.
local lanes = {}
local from = '[d'
while true do
  local at = redis.call('ZRANGEBYLEX', KEYS[2], from, '(e', 'LIMIT', 0, 1)[1]
  if not at then
    return lanes
  end
  local length = struct.unpack('>I4', at, 2)
  lanes[#lanes + 1] = string.sub(at, 6, 5 + length)
  -- Eight bytes of a due time, and one that no id has.
  from = '(' .. string.sub(at, 1, 5 + length) .. string.rep('\255', 9)
end
