-- The index bears the name of the hash that it belongs to. Two stores that share one of their
-- two keys only would mix their records, and so would somebody else's data.
local function check_owner()
  local owner = redis.call('ZRANGEBYLEX', KEYS[2], '[o', '(p', 'LIMIT', 0, 1)[1]
  if owner then
    owner = string.sub(owner, 2)
    if owner ~= KEYS[1] then
      return 'belongs to the records of ' .. owner
    end
  elseif redis.call('EXISTS', KEYS[2]) == 1 then
    return 'holds something else than the index of a job store'
  elseif redis.call('EXISTS', KEYS[1]) == 1 then
    return 'is missing, but there is something in ' .. KEYS[1]
  end
  return nil
end
