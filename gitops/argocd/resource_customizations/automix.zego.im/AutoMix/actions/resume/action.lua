-- Goes on with what the spec says.
obj.spec.suspend = false
return obj
