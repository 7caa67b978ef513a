-- The health of a ZegoApp or a ClusterZegoApp: whether ZEGO accepts its credentials.
local hs = { status = "Progressing", message = "Waiting for the operator" }

local ready = nil
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" then
      ready = condition
    end
  end
end

if obj.metadata.deletionTimestamp ~= nil then
  hs.message = "Being deleted"
  if ready ~= nil and ready.reason == "InUse" then
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

-- What passes by itself. Everything else waits for a person.
local passing = { ZegoUnreachable = true, ZegoFailed = true, Throttled = true, SecretUnreadable = true }

if ready.status == "True" then
  hs.status = "Healthy"
elseif not passing[ready.reason] then
  hs.status = "Degraded"
end
return hs
