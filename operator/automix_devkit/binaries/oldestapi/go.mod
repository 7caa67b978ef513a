// The oldest Kubernetes that the charts let in, for the definitions of its API: a version and its checksum, no Go code.
module automix.zego.im/oldestapi

go 1.26.0

require (
	k8s.io/kubernetes v1.30.0
)
