{{/* The name of every object of the release, at most 63 characters. */}}
{{- define "automix-operator.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}
{{- $name = printf "%s-%s" $name .Chart.Name -}}
{{- end -}}
{{- $name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The same for what has a suffix: it is the part that must not be cut off. Takes (list . "suffix"). */}}
{{- define "automix-operator.suffixed" -}}
{{- $suffix := last . -}}
{{- $length := int (sub 62 (len $suffix)) -}}
{{- printf "%s-%s" (include "automix-operator.fullname" (first .) | trunc $length | trimSuffix "-") $suffix -}}
{{- end }}

{{/* What the Deployment selects its pods by: this can never change. */}}
{{- define "automix-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The pods of another program of the release: by a name of its own, or the operator's Deployment would take them. */}}
{{- define "automix-operator.simulatorSelectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-simulator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "automix-operator.testSelectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "automix-operator.releaseLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "automix-operator.labels" -}}
{{- include "automix-operator.labelsWith" (list . dict) }}
{{- end }}

{{/* The same, and labels that win over commonLabels: a key that is written twice is no YAML. Takes (list . labels). */}}
{{- define "automix-operator.labelsWith" -}}
{{- $root := first . -}}
{{ include "automix-operator.selectorLabels" $root }}
{{ include "automix-operator.releaseLabels" $root }}
{{- with merge dict (last .) $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "automix-operator.simulatorLabels" -}}
{{ include "automix-operator.simulatorSelectorLabels" . }}
{{ include "automix-operator.releaseLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "automix-operator.testLabels" -}}
{{ include "automix-operator.testSelectorLabels" . }}
{{ include "automix-operator.releaseLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The image of every pod: a digest says all that a tag says, and more. */}}
{{- define "automix-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* What the operator's permissions are bound to; never, unsaid, the account that every pod of the namespace has. */}}
{{- define "automix-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "automix-operator.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.create=false needs serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/* The Secret that the ClusterZegoApp of the values refers to. */}}
{{- define "automix-operator.zegoAppSecret" -}}
{{- .Values.zegoApp.existingSecret.name | default (include "automix-operator.suffixed" (list . "zegoapp")) -}}
{{- end }}

{{- define "automix-operator.metricsName" -}}
{{- include "automix-operator.suffixed" (list . "metrics") -}}
{{- end }}

{{- define "automix-operator.simulatorName" -}}
{{- include "automix-operator.suffixed" (list . "simulator") -}}
{{- end }}

{{- define "automix-operator.simulatorHost" -}}
{{- include "automix-operator.simulatorName" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The simulator's project. None of it is secret: it opens nothing but the simulator. */}}
{{- define "automix-operator.simulatorAppId" -}}
1234567890
{{- end }}

{{- define "automix-operator.simulatorServerSecret" -}}
known-to-the-simulator-and-to-no-one-else
{{- end }}
