-- Where the index has a record, made of its id and value; nil if it has no due time.
-- The layout of both is that of layout.rs.
local function place(id, value)
  if string.byte(value, 10) == 0 then
    return nil
  end
  local lane = struct.unpack('>I4', value, 19)
  return 'd' .. string.sub(value, 19, 22 + lane) .. string.sub(value, 11, 18) .. id
end

-- Tells everybody what there is to wait for, if anything. An account that may not publish may
-- still write.
local function tell(channel, message)
  if message ~= '' then
    redis.pcall('PUBLISH', channel, message)
  end
end
