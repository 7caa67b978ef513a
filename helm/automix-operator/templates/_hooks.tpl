{{/*
Helm refuses an object whose kind the release itself brings. So the first time a ClusterZegoApp is a hook, which `--wait`
puts off until the kind is served; from the next upgrade on, by the other annotations, it is part of the release.
*/}}
{{- define "automix-operator.hookUntilServed" -}}
{{- if not (.Capabilities.APIVersions.Has "automix.zego.im/v1alpha1/ClusterZegoApp") -}}
helm.sh/hook: post-install,post-upgrade
meta.helm.sh/release-name: {{ .Release.Name }}
meta.helm.sh/release-namespace: {{ .Release.Namespace }}
{{- end -}}
{{- end }}
