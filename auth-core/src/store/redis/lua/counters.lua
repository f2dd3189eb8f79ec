-- The counters of users, in their order: epoch and roles version of each.
-- Arguments: users.

local all = {}
for at = 4, #ARGV do
  local counters = counters_of(ARGV[at])
  all[#all + 1], all[#all + 2] = counters[1], counters[2]
end
return all
