{{/* What all pods of the release have in common. */}}
{{- define "automix-operator.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "automix-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* How a pod gets its image, and which nodes may run it. */}}
{{- define "automix-operator.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "automix-operator.topologySpread" -}}
{{- if .Values.topologySpreadConstraints -}}
topologySpreadConstraints:
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
{{- else if gt (int .Values.replicas) 1 -}}
# Two pods on one node end together. Where there is but one node they run there all the same.
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "automix-operator.selectorLabels" . | nindent 8 }}
{{- end -}}
{{- end }}

{{/* The proxies, as the operator knows them, which asks the environment for the one of each server. */}}
{{- define "automix-operator.proxyEnv" -}}
{{- $proxy := .Values.proxy -}}
{{- if or $proxy.http $proxy.https -}}
{{- with $proxy.http }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $proxy.https }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
# The API server is called by the address that every pod is told, and a proxy seldom reaches it. The
# kubelet puts that address in here; in brackets it is how one of IPv6 is written in a URL.
- name: NO_PROXY
  value: {{ include "automix-operator.noProxy" . | quote }}
{{- end }}
{{- end }}

{{- define "automix-operator.noProxy" -}}
{{- $own := list "$(KUBERNETES_SERVICE_HOST)" "[$(KUBERNETES_SERVICE_HOST)]" -}}
{{- if .Values.simulator.enabled -}}
{{- $own = append $own (include "automix-operator.simulatorHost" .) -}}
{{- end -}}
{{- concat (list .Values.proxy.noProxy | compact) $own | join "," -}}
{{- end }}

{{/* A setting's variable: firstLookSeconds is AUTOMIX_FIRST_LOOK_SECONDS. */}}
{{- define "automix-operator.settingsEnv" -}}
{{- range $name, $value := .Values.settings }}
- name: AUTOMIX_{{ snakecase $name | upper }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
