-- Has the operator look now, whatever it waits for.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["automix.zego.im/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
