-- The access tokens of a user that carry the roles from before are stale; answers with the counters.
-- Arguments: user.

return count_up(ARGV[4], 'roles_version')
