-- Every ticket of a user ends; or, without a user, every ticket to an address that belongs to no user.
-- Arguments: user (or empty), address.

if ARGV[4] ~= '' then
  end_tickets(user_tickets_key(ARGV[4]))
else
  end_tickets(address_tickets_key(ARGV[5]))
end
return 1
