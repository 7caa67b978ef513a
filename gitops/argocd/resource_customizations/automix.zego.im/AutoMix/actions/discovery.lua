-- Whoever is suspended takes no other order, and whoever is being deleted none at all.
local deleted = obj.metadata.deletionTimestamp ~= nil
local suspended = obj.spec.suspend == true

local actions = {}
actions["reconcile"] = { ["disabled"] = deleted or suspended }
actions["restart"] = { ["disabled"] = deleted or suspended }
actions["suspend"] = { ["disabled"] = deleted or suspended }
actions["resume"] = { ["disabled"] = deleted or not suspended }
return actions
