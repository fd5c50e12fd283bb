-- ARGV: channel, message, then of each record its id and value. Answers 1 or 0 for each.
local wrong = check_owner()
if wrong then
  return redis.error_reply('FOREIGN ' .. KEYS[2] .. ' ' .. wrong)
end
local answers, taken = {}, {}
for i = 3, #ARGV, 2 do
  local id, value = ARGV[i], ARGV[i + 1]
  local new = redis.call('HSETNX', KEYS[1], id, value)
  if new == 1 then
    taken[#taken + 1] = 0
    taken[#taken + 1] = 'i' .. id
    local due = place(id, value)
    if due then
      taken[#taken + 1] = 0
      taken[#taken + 1] = due
    end
  end
  answers[#answers + 1] = new
end
if #taken > 0 then
  taken[#taken + 1] = 0
  taken[#taken + 1] = 'o' .. KEYS[1]
  many('ZADD', KEYS[2], taken)
  tell(ARGV[1], ARGV[2])
end
return answers
