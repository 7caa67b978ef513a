{{/* The name of what is there once in a release, at most 63 characters. */}}
{{- define "automix-rooms.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}
{{- $name = printf "%s-%s" $name .Chart.Name -}}
{{- end -}}
{{- $name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The labels of an object, as YAML. Takes the root and the object's own labels; the chart's own cannot be changed. */}}
{{- define "automix-rooms.labels" -}}
{{- $root := .root -}}
{{- $ours := dict "app.kubernetes.io/name" $root.Chart.Name "app.kubernetes.io/instance" $root.Release.Name -}}
{{- $_ := set $ours "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- $_ := set $ours "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $ours "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") -}}
{{- merge $ours (default dict .own) $root.Values.commonLabels | toYaml -}}
{{- end }}

{{/* The annotations of an object, as YAML; nothing if there are none. Takes the root and the object's own. */}}
{{- define "automix-rooms.annotations" -}}
{{- $all := merge dict (default dict .own) .root.Values.commonAnnotations -}}
{{- if $all }}{{ toYaml $all }}{{ end -}}
{{- end }}

{{/* The Secret that the ZegoApp of the values refers to. */}}
{{- define "automix-rooms.zegoAppSecret" -}}
{{- .Values.zegoApp.existingSecret.name | default (printf "%s-zegoapp" (include "automix-rooms.fullname" .)) -}}
{{- end }}
