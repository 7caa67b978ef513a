{{/* The name of every object of the release, at most 63 characters. */}}
{{- define "automix-operator.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}
{{- $name = printf "%s-%s" $name .Chart.Name -}}
{{- end -}}
{{- $name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* What the Deployment selects its pods by: this can never change. */}}
{{- define "automix-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "automix-operator.labels" -}}
{{ include "automix-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The Secret that the ClusterZegoApp of the values refers to. */}}
{{- define "automix-operator.zegoAppSecret" -}}
{{- .Values.zegoApp.existingSecret.name | default (printf "%s-zegoapp" (include "automix-operator.fullname" .)) -}}
{{- end }}
