/** The order in which Go writes the fields of one type, and the types of its fields that matter. */
export interface GoType {
  readonly fields: readonly string[]
  /** Field → type of its value, of each item of a list, or of each value of a map. */
  readonly types?: { readonly [field: string]: GoType | "quantities" | "quantity" }
  /** Fields that Go writes even when they are empty, as `{}`. */
  readonly always?: readonly string[]
}

const words = (text: string): readonly string[] => text.split(" ")

const selectorRequirement: GoType = { fields: words("key operator values") }
const labelSelector: GoType = {
  fields: words("matchLabels matchExpressions"),
  types: { matchExpressions: selectorRequirement },
}
const localReference: GoType = { fields: words("name optional") }
const keySelector: GoType = { fields: words("name key optional") }
const keyToPath: GoType = { fields: words("key path mode") }
const fieldRef: GoType = { fields: words("apiVersion fieldPath") }
const resourceFieldRef: GoType = {
  fields: words("containerName resource divisor"),
  types: { divisor: "quantity" },
}
const valueFrom: GoType = {
  fields: words("fieldRef resourceFieldRef configMapKeyRef secretKeyRef fileKeyRef"),
  types: { fieldRef, resourceFieldRef, configMapKeyRef: keySelector, secretKeyRef: keySelector },
}
const httpGet: GoType = {
  fields: words("path port host scheme httpHeaders"),
  types: { httpHeaders: { fields: words("name value") } },
}
const handlers = { httpGet, tcpSocket: { fields: words("port host") } }
const probe: GoType = {
  fields: words(
    "exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds",
  ),
  types: { ...handlers, grpc: { fields: words("port service") } },
}
const lifecycleHandler: GoType = { fields: words("exec httpGet tcpSocket sleep"), types: handlers }
const resources: GoType = {
  fields: words("limits requests claims"),
  types: {
    limits: "quantities",
    requests: "quantities",
    claims: { fields: words("name request") },
  },
}
const seLinux: GoType = { fields: words("user role type level") }
const profile: GoType = { fields: words("type localhostProfile") }
const windows: GoType = {
  fields: words("gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess"),
}
const containerSecurity: GoType = {
  fields: words(
    "capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile appArmorProfile",
  ),
  types: {
    capabilities: { fields: words("add drop") },
    seLinuxOptions: seLinux,
    windowsOptions: windows,
    seccompProfile: profile,
    appArmorProfile: profile,
  },
}
const container: GoType = {
  fields: words(
    "name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty targetContainerName",
  ),
  always: ["resources"],
  types: {
    ports: { fields: words("name hostPort containerPort protocol hostIP") },
    envFrom: {
      fields: words("prefix configMapRef secretRef"),
      types: { configMapRef: localReference, secretRef: localReference },
    },
    env: { fields: words("name value valueFrom"), types: { valueFrom } },
    resources,
    resizePolicy: { fields: words("resourceName restartPolicy") },
    volumeMounts: {
      fields: words(
        "name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr",
      ),
    },
    volumeDevices: { fields: words("name devicePath") },
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: {
      fields: words("postStart preStop stopSignal"),
      types: { postStart: lifecycleHandler, preStop: lifecycleHandler },
    },
    securityContext: containerSecurity,
  },
}
const metadata: GoType = {
  fields: words(
    "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields",
  ),
}
const nodeTerm: GoType = {
  fields: words("matchExpressions matchFields"),
  types: { matchExpressions: selectorRequirement, matchFields: selectorRequirement },
}
const podTerm: GoType = {
  fields: words(
    "labelSelector namespaces topologyKey namespaceSelector matchLabelKeys mismatchLabelKeys",
  ),
  types: { labelSelector, namespaceSelector: labelSelector },
}
const podTerms: GoType = {
  fields: words(
    "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
  ),
  types: {
    requiredDuringSchedulingIgnoredDuringExecution: podTerm,
    preferredDuringSchedulingIgnoredDuringExecution: {
      fields: words("weight podAffinityTerm"),
      types: { podAffinityTerm: podTerm },
    },
  },
}
const affinity: GoType = {
  fields: words("nodeAffinity podAffinity podAntiAffinity"),
  types: {
    nodeAffinity: {
      fields: podTerms.fields,
      types: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          fields: words("nodeSelectorTerms"),
          types: { nodeSelectorTerms: nodeTerm },
        },
        preferredDuringSchedulingIgnoredDuringExecution: {
          fields: words("weight preference"),
          types: { preference: nodeTerm },
        },
      },
    },
    podAffinity: podTerms,
    podAntiAffinity: podTerms,
  },
}
const downwardFile: GoType = {
  fields: words("path fieldRef resourceFieldRef mode"),
  types: { fieldRef, resourceFieldRef },
}
const projected: GoType = {
  fields: words("sources defaultMode"),
  types: {
    sources: {
      fields: words(
        "secret downwardAPI configMap serviceAccountToken clusterTrustBundle podCertificate",
      ),
      types: {
        secret: { fields: words("name items optional"), types: { items: keyToPath } },
        configMap: { fields: words("name items optional"), types: { items: keyToPath } },
        downwardAPI: { fields: words("items"), types: { items: downwardFile } },
        serviceAccountToken: { fields: words("audience expirationSeconds path") },
      },
    },
  },
}
const volume: GoType = {
  fields: words(
    "name hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image",
  ),
  types: {
    hostPath: { fields: words("path type") },
    emptyDir: { fields: words("medium sizeLimit"), types: { sizeLimit: "quantity" } },
    secret: { fields: words("secretName items defaultMode optional"), types: { items: keyToPath } },
    configMap: { fields: words("name items defaultMode optional"), types: { items: keyToPath } },
    nfs: { fields: words("server path readOnly") },
    persistentVolumeClaim: { fields: words("claimName readOnly") },
    downwardAPI: { fields: words("items defaultMode"), types: { items: downwardFile } },
    projected,
    csi: { fields: words("driver readOnly fsType volumeAttributes nodePublishSecretRef") },
    image: { fields: words("reference pullPolicy") },
  },
}
const podSecurity: GoType = {
  fields: words(
    "seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup sysctls fsGroupChangePolicy seccompProfile appArmorProfile seLinuxChangePolicy",
  ),
  types: {
    seLinuxOptions: seLinux,
    windowsOptions: windows,
    sysctls: { fields: words("name value") },
    seccompProfile: profile,
    appArmorProfile: profile,
  },
}
const podSpec: GoType = {
  fields: words(
    "volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations hostAliases priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources hostnameOverride",
  ),
  types: {
    volumes: volume,
    initContainers: container,
    containers: container,
    ephemeralContainers: container,
    securityContext: podSecurity,
    affinity,
    tolerations: { fields: words("key operator value effect tolerationSeconds") },
    hostAliases: { fields: words("ip hostnames") },
    dnsConfig: {
      fields: words("nameservers searches options"),
      types: { options: { fields: words("name value") } },
    },
    overhead: "quantities",
    topologySpreadConstraints: {
      fields: words(
        "maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy nodeTaintsPolicy matchLabelKeys",
      ),
      types: { labelSelector },
    },
    resourceClaims: { fields: words("name resourceClaimName resourceClaimTemplateName") },
    resources,
  },
}

/** How Go writes a PodTemplateSpec. */
export const podTemplateType: GoType = {
  fields: words("metadata spec"),
  always: ["metadata", "spec"],
  types: { metadata, spec: podSpec },
}

const fieldRefType: GoType = { fields: words("fieldPath") }
const analysisStep: GoType = {
  fields: words("templates args dryRun measurementRetention analysisRunMetadata"),
  types: {
    templates: { fields: words("templateName clusterScope") },
    args: {
      fields: words("name value valueFrom"),
      types: {
        valueFrom: {
          fields: words("podTemplateHashValue fieldRef secretKeyRef"),
          types: { fieldRef: fieldRefType, secretKeyRef: { fields: words("name key") } },
        },
      },
    },
    dryRun: { fields: words("metricName") },
    measurementRetention: { fields: words("metricName limit") },
    analysisRunMetadata: { fields: words("labels annotations") },
  },
}

/** How Go writes a canary step. */
export const canaryStepType: GoType = {
  fields: words(
    "setWeight pause experiment analysis setCanaryScale setHeaderRoute setMirrorRoute plugin",
  ),
  types: {
    pause: { fields: words("duration") },
    analysis: analysisStep,
    setCanaryScale: { fields: words("weight replicas matchTrafficWeight") },
  },
}
