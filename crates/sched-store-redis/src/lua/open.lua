-- Answers with what is wrong with the keys, or with nil.
local function misused(key, wanted)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= wanted then
    return key .. ' holds a ' .. kind .. ', not a ' .. wanted
  end
end

local wrong = misused(KEYS[1], 'hash') or misused(KEYS[2], 'zset')
if not wrong then
  local owner = check_owner()
  wrong = owner and KEYS[2] .. ' ' .. owner
end
return wrong or false
