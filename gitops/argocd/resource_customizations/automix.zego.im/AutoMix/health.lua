-- The health of an AutoMix, as the operator's table of states has it. No library is used: Argo CD lends almost none to
-- the scripts in its ConfigMap.
local hs = { status = "Progressing", message = "Waiting for the operator" }

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end
local ready = conditions["Ready"]

if obj.metadata.deletionTimestamp ~= nil then
  hs.message = "Being deleted"
  if ready ~= nil and ready.reason == "Stopping" then
    hs.message = ready.reason .. ": " .. ready.message
  end
  return hs
end

if ready == nil then
  return hs
end

-- What the conditions say is about an earlier spec.
if obj.status.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for the operator to see the last change"
  return hs
end

hs.message = ready.reason .. ": " .. ready.message

if conditions["Stalled"] ~= nil and conditions["Stalled"].status == "True" then
  hs.status = "Degraded"
elseif ready.reason == "MixKeepsEnding" then
  -- It is tried again, and yet somebody should look.
  hs.status = "Degraded"
elseif ready.reason == "Suspended" or ready.reason == "UpdatePending" then
  -- Both wait for a person.
  hs.status = "Suspended"
elseif ready.status == "True" then
  hs.status = "Healthy"
end
return hs
