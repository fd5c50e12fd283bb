-- ARGV: channel, sender.
local wrong = check_owner()
if wrong then
  return redis.error_reply('FOREIGN ' .. KEYS[2] .. ' ' .. wrong)
end
if redis.call('UNLINK', KEYS[1], KEYS[2]) > 0 then
  tell(ARGV[1], ARGV[2])
end
