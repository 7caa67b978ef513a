{{/* What the operator does in each namespace that it serves: the same rules in a ClusterRole or in Roles. */}}
{{- define "automix-operator.rules" -}}
# The claim (finalizer and annotation) is a patch of the AutoMix, the finalizer of an app in use is one of the app.
- apiGroups: [automix.zego.im]
  resources: [automixes]
  verbs: [get, list, watch, patch]
- apiGroups: [automix.zego.im]
  resources: [zegoapps]
  verbs: [get, list, watch, patch]
- apiGroups: [automix.zego.im]
  resources: [automixes/status, zegoapps/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* What ZegoApps need; never list or watch. */}}
{{- define "automix-operator.secretRule" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}
