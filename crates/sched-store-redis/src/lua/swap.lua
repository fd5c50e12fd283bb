-- ARGV: channel, sender, then of each change an id, the revision that the record must have, and
-- its new value, empty to delete it. Answers 1 or 0 for each.
local answers, any = {}, false
for i = 3, #ARGV, 3 do
  local id, revision, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local old = redis.call('HGET', KEYS[1], id)
  if old and string.sub(old, 2, 9) == revision then
    any = true
    local was, is = place(id, old), nil
    if value == '' then
      redis.call('HDEL', KEYS[1], id)
      redis.call('ZREM', KEYS[2], 'i' .. id)
    else
      redis.call('HSET', KEYS[1], id, value)
      is = place(id, value)
    end
    if was ~= is then
      if was then
        redis.call('ZREM', KEYS[2], was)
      end
      if is then
        redis.call('ZADD', KEYS[2], 0, is)
      end
    end
    answers[#answers + 1] = 1
  else
    answers[#answers + 1] = 0
  end
end
if any then
  tell(ARGV[1], ARGV[2])
end
return answers
