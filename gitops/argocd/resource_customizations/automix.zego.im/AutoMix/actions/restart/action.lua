-- Has the mix stopped and started again, once: a short gap that is heard.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["automix.zego.im/restart-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
