-- Leaves the mix as it is: one that runs goes on.
obj.spec.suspend = true
return obj
