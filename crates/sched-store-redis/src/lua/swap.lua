-- ARGV: channel, message, then of each change an id, the revision that the record must have, and
-- its new value, empty to delete it. No id comes twice. Answers 1 or 0 for each.
local ids = {}
for i = 3, #ARGV, 3 do
  ids[#ids + 1] = ARGV[i]
end
local answers, written, deleted, left, taken = {}, {}, {}, {}, {}
for n, old in ipairs(values(ids)) do
  local id, revision, value = ids[n], ARGV[3 * n + 1], ARGV[3 * n + 2]
  if old and string.sub(old, 2, 9) == revision then
    local was, is = place(id, old), nil
    if value == '' then
      deleted[#deleted + 1] = id
      left[#left + 1] = 'i' .. id
    else
      written[#written + 1] = id
      written[#written + 1] = value
      is = place(id, value)
    end
    if was ~= is then
      if was then
        left[#left + 1] = was
      end
      if is then
        taken[#taken + 1] = 0
        taken[#taken + 1] = is
      end
    end
    answers[n] = 1
  else
    answers[n] = 0
  end
end
many('HSET', KEYS[1], written)
many('HDEL', KEYS[1], deleted)
many('ZREM', KEYS[2], left)
many('ZADD', KEYS[2], taken)
if #written + #deleted > 0 then
  tell(ARGV[1], ARGV[2])
end
return answers
