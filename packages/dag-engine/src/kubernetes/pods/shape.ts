import {
  failed,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
} from "@argo-ts/kernel"
import { applyStrategicPatch, fieldSchema } from "@argo-ts/kernel/merge"
import { podTemplateSchema } from "@argo-ts/kernel/schemas"
import { parseManifests } from "@argo-ts/kernel/yaml"
import type { Container, ContainerNode, Template } from "../../api/template.js"
import { writeInstant } from "../../core/instants.js"
import { mainContainers, mountsOf } from "../../executors/containers.js"
import type { Task } from "../../executors/executor.js"
import type { ConfigMap } from "../config-maps.js"
import { ownerOf, type PodObject, podLabels, podStatusFinalizer } from "./kinds.js"
import { carryTemplate } from "./offload.js"
import { tokenMount, tokenVolumeOf } from "./service-account.js"
import { type PodVolumes, volumesOf } from "./volumes.js"

/** What all pods have in common. */
export interface PodShape {
  /** The image of upstream's executor. Default `quay.io/argoproj/argoexec:v4.1.2`. */
  readonly executorImage?: string
  /** Fields for the executor's containers: `resources`, `imagePullPolicy`, `securityContext`, … */
  readonly executor?: Container
  /**
   * True: pods carry the finalizer `workflows.argoproj.io/status` until their end has been read, so that nobody's deletion
   * loses it. Default false, as upstream.
   */
  readonly statusFinalizer?: boolean
  /** The commands of images whose containers name none, by image. Default: there are none. */
  readonly images?: { readonly [image: string]: Pick<Container, "command" | "args"> }
}

const imageDefault = "quay.io/argoproj/argoexec:v4.1.2"
const binary = "/var/run/argo/argoexec"
const logFlags = ["--loglevel", "info", "--log-format", "text"]
/** What has to be made for a task. */
export interface PodPlan {
  readonly pod: PodObject
  /** Comes before the pod: a template that is too long for an environment. */
  readonly config: ConfigMap | undefined
}

/** What a pod is shaped by besides its task. */
export interface PodWorld {
  readonly now: number
  /** The Secret with the executor's own token. */
  readonly token: string | undefined
}

/** The pod of a task, as upstream makes it: its executor takes the inputs in, wraps the commands, and reports the outputs. */
export function podOf(task: Task, shape: PodShape, world: PodWorld): Result<PodPlan> {
  const { template } = task
  const main = mainContainers(template)
  const carried = carryTemplate(task)
  const env = argoEnvironment(task, carried.value)
  const volumes = withToken(volumesOf(task, main), world.token)
  const containers: JsonObject[] = [waitContainer(shape, env, volumes)]
  for (const container of main) {
    const wrapped = wrap(container, {
      shape,
      env,
      volumes,
      isScript: template.script !== undefined,
    })
    if (typeof wrapped === "string") return refuse(wrapped)
    containers.push(wrapped)
  }
  for (const sidecar of template.sidecars ?? []) {
    const { mirrorVolumeMounts, ...container } = sidecar
    const mirrored = mirrorVolumeMounts === true ? mountsOf(main) : []
    const mounts = [...(container.volumeMounts ?? []), ...mirrored]
    const wrapped = wrap(
      { ...container, volumeMounts: mounts },
      { shape, env, volumes: { ...volumes, main: volumes.main.slice(0, 1) }, isScript: false },
    )
    if (typeof wrapped === "string") return refuse(wrapped)
    containers.push(wrapped)
  }
  const init = [
    executorContainer("init", shape, env, volumes.init),
    ...(template.initContainers ?? []).map((container) => userInit(container, main, volumes)),
  ]
  const mounted = (container: JsonObject): JsonObject => ({
    ...container,
    volumeMounts: [...mountsIn(container), ...carried.mounts],
  })
  const spec = podSpec(task, world.now, {
    initContainers: init.map(mounted),
    containers: containers.map(mounted),
    volumes: [...volumes.volumes, ...carried.volumes],
  })
  const patched = withPatches(spec, [task.spec.podSpecPatch, template.podSpecPatch])
  if (!patched.ok) return patched
  const metadata = metadataOf(task, main, shape)
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: patched.value }
  return ok({ pod, config: carried.config })
}

function mountsIn({ volumeMounts }: JsonObject): readonly JsonValue[] {
  return Array.isArray(volumeMounts) ? (volumeMounts as readonly JsonValue[]) : []
}

/** Upstream's own containers speak with a token of their own. */
function withToken(volumes: PodVolumes, token: string | undefined): PodVolumes {
  if (token === undefined) return volumes
  return {
    ...volumes,
    volumes: [...volumes.volumes, tokenVolumeOf(token)],
    init: [...volumes.init, tokenMount],
    wait: [...volumes.wait, tokenMount],
  }
}

function refuse(message: string): Result<never> {
  return failed([{ code: "InvalidPod", path: [], message }])
}

interface Environment {
  of(container: string): readonly JsonObject[]
}

function argoEnvironment(task: Task, template: string): Environment {
  const { deadline } = task
  const field = (name: string, fieldPath: string): JsonObject => ({
    name,
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
  })
  const set = (name: string, value: string): JsonObject => ({ name, value })
  return {
    of: (container) => [
      field("ARGO_POD_NAME", "metadata.name"),
      field("ARGO_POD_UID", "metadata.uid"),
      set("GODEBUG", "x509ignoreCN=0"),
      set("ARGO_WORKFLOW_NAME", task.workflow),
      set("ARGO_WORKFLOW_UID", task.workflowUid),
      set("ARGO_CONTAINER_NAME", container),
      set("ARGO_TEMPLATE", template),
      set("ARGO_NODE_ID", task.nodeId),
      set("ARGO_INCLUDE_SCRIPT_OUTPUT", String(task.isResultWanted)),
      set(
        "ARGO_DEADLINE",
        deadline === undefined ? "0001-01-01T00:00:00Z" : writeInstant(deadline),
      ),
      set("ARGO_PROGRESS_FILE", "/var/run/argo/progress"),
      set("ARGO_PROGRESS_PATCH_TICK_DURATION", "1m0s"),
      set("ARGO_PROGRESS_FILE_TICK_DURATION", "3s"),
    ],
  }
}

function executorContainer(
  name: "init" | "wait",
  { executorImage = imageDefault, executor = {} }: PodShape,
  env: Environment,
  volumeMounts: readonly JsonObject[],
): JsonObject {
  return {
    ...(executor as unknown as JsonObject),
    name,
    image: executorImage,
    command: ["argoexec", name, ...logFlags],
    env: [...((executor.env ?? []) as unknown as readonly JsonObject[]), ...env.of(name)],
    volumeMounts,
  }
}

function waitContainer(shape: PodShape, env: Environment, { wait }: PodVolumes): JsonObject {
  return executorContainer("wait", shape, env, wait)
}

interface Wrapping {
  readonly shape: PodShape
  readonly env: Environment
  readonly volumes: PodVolumes
  readonly isScript: boolean
}

/** A container whose command is run by upstream's executor; or why it cannot be. */
function wrap(container: ContainerNode, wrapping: Wrapping): JsonObject | string {
  const { shape, env, volumes, isScript } = wrapping
  const { dependencies: _dependencies, name = "", image = "", ...rest } = container
  const known = shape.images !== undefined && Object.hasOwn(shape.images, image)
  const of = known ? (shape.images?.[image] ?? {}) : {}
  const command = rest.command ?? of.command ?? []
  if (command.length === 0) {
    return `the container "${name}" names no command, and what its image (${image}) runs is not known here: say command, or give podExecutor the images`
  }
  const args = rest.args ?? (rest.command === undefined ? of.args : undefined) ?? []
  const source = isScript ? ["/argo/staging/script"] : []
  return {
    ...(rest as unknown as JsonObject),
    name,
    image,
    command: [binary, "emissary", ...logFlags, "--", ...command],
    ...(args.length + source.length > 0 ? { args: [...args, ...source] } : {}),
    env: [...((rest.env ?? []) as unknown as readonly JsonObject[]), ...env.of(name)],
    volumeMounts: [...(rest.volumeMounts ?? []), ...volumes.main],
  }
}

function userInit(
  container: NonNullable<Template["initContainers"]>[number],
  main: readonly Container[],
  volumes: PodVolumes,
): JsonObject {
  const { mirrorVolumeMounts, ...rest } = container
  const mirrored = mirrorVolumeMounts === true ? [...mountsOf(main), ...volumes.main.slice(1)] : []
  const mounts = [...(rest.volumeMounts ?? []), ...mirrored, ...volumes.main.slice(0, 1)]
  return { ...(rest as unknown as JsonObject), volumeMounts: mounts }
}

function metadataOf(
  task: Task,
  main: readonly ContainerNode[],
  { statusFinalizer }: PodShape,
): PodObject["metadata"] {
  const { spec, template, workflow } = task
  const labels = { ...spec.podMetadata?.labels, ...template.metadata?.labels }
  const annotations = { ...spec.podMetadata?.annotations, ...template.metadata?.annotations }
  return {
    name: task.podName,
    namespace: task.namespace,
    labels: {
      ...labels,
      [podLabels.workflow]: workflow,
      [podLabels.completed]: "false",
      ...(task.isExitHandler ? { [podLabels.onExit]: "true" } : {}),
    },
    annotations: {
      ...annotations,
      [podLabels.nodeName]: task.nodeName,
      [podLabels.nodeId]: task.nodeId,
      [podLabels.defaultContainer]: defaultContainer(main),
    },
    ...(statusFinalizer === true ? { finalizers: [podStatusFinalizer] } : {}),
    ownerReferences: [ownerOf(task)],
  }
}

/** Whose logs are meant where nobody says: `main`, or the last container of a set. */
function defaultContainer(main: readonly ContainerNode[]): string {
  const names = main.map(({ name = "" }) => name)
  return names.includes("main") ? "main" : (names.at(-1) ?? "main")
}

interface Parts {
  readonly initContainers: readonly JsonObject[]
  readonly containers: readonly JsonObject[]
  readonly volumes: readonly JsonObject[]
}

/** Only what is set, in the order of Kubernetes' own documentation. */
function podSpec(task: Task, now: number, parts: Parts): JsonObject {
  const { template, spec, scheduling, deadline } = task
  const seconds =
    deadline === undefined ? undefined : Math.max(1, Math.ceil((deadline - now) / 1000))
  const fields: { readonly [field: string]: unknown } = {
    restartPolicy: "Never",
    ...parts,
    activeDeadlineSeconds: seconds,
    serviceAccountName: template.serviceAccountName ?? spec.serviceAccountName,
    automountServiceAccountToken:
      template.automountServiceAccountToken ?? spec.automountServiceAccountToken,
    nodeSelector: template.nodeSelector ?? scheduling.nodeSelector ?? spec.nodeSelector,
    affinity: affinityOf(task),
    tolerations: template.tolerations ?? scheduling.tolerations ?? spec.tolerations,
    schedulerName: template.schedulerName ?? spec.schedulerName,
    priorityClassName: template.priorityClassName ?? spec.podPriorityClassName,
    securityContext: template.securityContext ?? spec.securityContext,
    hostAliases: joined(template.hostAliases, spec.hostAliases),
    hostNetwork: spec.hostNetwork,
    dnsPolicy: spec.dnsPolicy,
    dnsConfig: spec.dnsConfig,
    imagePullSecrets: spec.imagePullSecrets,
    resources: template.podResources ?? spec.podResources,
    resourceClaims: template.resourceClaims ?? spec.resourceClaims,
  }
  const set = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as JsonObject
}

function joined(
  own: readonly JsonObject[] | undefined,
  common: readonly JsonObject[] | undefined,
): readonly JsonObject[] | undefined {
  const all = [...(own ?? []), ...(common ?? [])]
  return all.length === 0 ? undefined : all
}

const hostLabel = "kubernetes.io/hostname"

/** The template's affinity, and none to the machines where earlier attempts ran. */
function affinityOf({ template, spec, scheduling, avoidHosts }: Task): JsonObject | undefined {
  const affinity = template.affinity ?? scheduling.affinity ?? spec.affinity
  if (avoidHosts.length === 0) return affinity
  const away = { key: hostLabel, operator: "NotIn", values: avoidHosts }
  const required = "requiredDuringSchedulingIgnoredDuringExecution"
  const ofNodes = objectAt(affinity, "nodeAffinity")
  const given = objectAt(ofNodes, required)["nodeSelectorTerms"]
  const terms = Array.isArray(given) && given.length > 0 ? (given as readonly JsonObject[]) : [{}]
  const nodeSelectorTerms = terms.map((term) => {
    const expressions = (term as JsonObject)["matchExpressions"]
    const known = Array.isArray(expressions) ? (expressions as readonly JsonValue[]) : []
    return { ...term, matchExpressions: [...known, away] }
  })
  return { ...affinity, nodeAffinity: { ...ofNodes, [required]: { nodeSelectorTerms } } }
}

function objectAt(object: JsonObject | undefined, field: string): JsonObject {
  const value = object?.[field]
  return isJsonObject(value) ? value : {}
}

const podSpecSchema = fieldSchema(podTemplateSchema, "spec")

/** `podSpecPatch`: YAML or JSON, merged as Kubernetes merges pods; the workflow's first. */
function withPatches(
  spec: JsonObject,
  patches: readonly (string | undefined)[],
): Result<JsonObject> {
  let patched = spec
  for (const patch of patches) {
    if (patch === undefined || patch.trim() === "") continue
    const parsed = parseManifests(patch, { file: "podSpecPatch" })
    if (!parsed.ok) return refuse(`podSpecPatch: ${parsed.issues[0]?.message ?? "unreadable"}`)
    const value = parsed.value[0]?.value
    if (!isJsonObject(value)) return refuse("podSpecPatch is a mapping")
    const merged = applyStrategicPatch(podSpecSchema, patched, value)
    if (!merged.ok)
      return refuse(`podSpecPatch: ${merged.issues[0]?.message ?? "cannot be merged"}`)
    patched = merged.value
  }
  return ok(patched)
}
