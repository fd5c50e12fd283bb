local wrong = check_owner()
if wrong then
  return redis.error_reply('FOREIGN ' .. KEYS[2] .. ' ' .. wrong)
end
redis.call('UNLINK', KEYS[1], KEYS[2])
