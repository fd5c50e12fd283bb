-- The arguments of one command, cut into pieces that Lua's stack can take. Each command costs about
-- a microsecond, whatever it does.
local PIECE = 4000

local function many(command, key, arguments)
  for from = 1, #arguments, PIECE do
    local to = math.min(from + PIECE - 1, #arguments)
    redis.call(command, key, unpack(arguments, from, to))
  end
end

-- The values of these ids, in their order; false where there is none.
local function values(ids)
  local found = {}
  for from = 1, #ids, PIECE do
    local to = math.min(from + PIECE - 1, #ids)
    for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(ids, from, to))) do
      found[from + i - 1] = value
    end
  end
  return found
end
