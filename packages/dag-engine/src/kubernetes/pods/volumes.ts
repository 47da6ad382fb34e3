import { normalize } from "node:path/posix"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import type { Artifact } from "../../api/artifact.js"
import type { Container } from "../../api/template.js"
import { allContainers, mountsOf } from "../../executors/containers.js"
import type { Task } from "../../executors/executor.js"

/** Volumes that every pod has, or some for what they need, with where they are mounted. */
export interface PodVolumes {
  readonly volumes: readonly JsonObject[]
  /** Mounts of upstream's own containers. */
  readonly init: readonly JsonObject[]
  readonly wait: readonly JsonObject[]
  /** Mounts of the main containers besides their own. */
  readonly main: readonly JsonObject[]
}

const runVolume = "var-run-argo"
const runMount: JsonObject = { name: runVolume, mountPath: "/var/run/argo" }
/** Where upstream's executor sees what the main container has mounted. */
const mirrorRoot = "/mainctrfs"
const stagingMount: JsonObject = { name: "argo-staging", mountPath: "/argo/staging" }

function empty(name: string): JsonObject {
  return { name, emptyDir: {} }
}

/** The volumes of a task's pod: upstream's own, the workflow's, the template's. */
export function volumesOf(task: Task, containers: readonly Container[]): PodVolumes {
  const { template } = task
  const artifacts = task.inputs?.artifacts ?? []
  const secrets = secretsOf([
    ...artifacts,
    ...(template.outputs?.artifacts ?? []),
    template.archiveLocation ?? {},
  ])
  const mirrored = mirrors(containers)
  const isScript = template.script !== undefined
  const staging = isScript ? [stagingMount] : []
  const inputs = artifacts.flatMap((artifact) => inputMount(artifact, mirrored))
  const hasInputs = artifacts.length > 0
  const inputRoot = hasInputs
    ? [{ name: "input-artifacts", mountPath: "/argo/inputs/artifacts" }]
    : []
  const temporary: JsonObject = { name: "tmp-dir-argo", mountPath: "/tmp", subPath: "0" }
  return {
    volumes: [
      empty(runVolume),
      empty("tmp-dir-argo"),
      ...(isScript ? [empty("argo-staging")] : []),
      ...(hasInputs ? [empty("input-artifacts")] : []),
      ...secrets.map(secretVolume),
      ...declaredVolumes(task),
    ],
    init: [...inputRoot, ...staging, runMount, ...mirrored, ...secrets.map(secretMount)],
    // What a step puts out may lie among what it has taken in.
    wait: [
      temporary,
      ...mirrored.map(writable),
      ...inputs.map(mirror),
      runMount,
      ...secrets.map(secretMount),
    ],
    main: [runMount, ...staging, ...inputs],
  }
}

/** An input artifact is mounted where the step wants it, unless one of its own volumes holds that place. */
function inputMount(
  { name, path }: Artifact,
  mirrored: readonly JsonObject[],
): readonly JsonObject[] {
  if (path === undefined) return []
  const place = normalize(path)
  const isHeld = mirrored.some((mount) => {
    const root = String(mount["mountPath"]).slice(mirrorRoot.length).replace(/\/+$/, "")
    return place === root || place.startsWith(`${root}/`)
  })
  return isHeld ? [] : [{ name: "input-artifacts", mountPath: path, subPath: name }]
}

function mirrors(containers: readonly Container[]): readonly JsonObject[] {
  const seen = new Map<string, JsonObject>()
  for (const mount of mountsOf(containers)) {
    seen.set(String(mount["mountPath"]), mirror(mount))
  }
  return [...seen.values()]
}

/** One mount may lie inside another: in a volume that cannot be written there is no place for it. */
function writable({ readOnly: _readOnly, ...mount }: JsonObject): JsonObject {
  return mount
}

/** Where upstream's containers see a mount of the main one. */
function mirror(mount: JsonObject): JsonObject {
  return { ...mount, mountPath: `${mirrorRoot}${String(mount["mountPath"])}` }
}

/** The template's volumes, then those of the workflow, its claims among them, that some container mounts. */
function declaredVolumes({ template, spec }: Task): readonly JsonObject[] {
  const own = template.volumes ?? []
  const names = new Set(own.map(({ name }) => name))
  const used = new Set(mountsOf(allContainers(template)).map(({ name }) => name))
  const inherited = (spec.volumes ?? []).filter(({ name }) => used.has(name) && !names.has(name))
  return [...own, ...inherited]
}

interface SecretKey {
  readonly name: string
  readonly key: string
}

/** Every reference to a key of a Secret in the locations of artifacts, by name and key. */
function secretsOf(
  locations: readonly object[],
): readonly (readonly [string, readonly string[]])[] {
  const found = new Map<string, Set<string>>()
  const look = (value: JsonValue, field: string): void => {
    if (!isJsonObject(value)) return
    const { name, key } = value as Partial<SecretKey>
    if (field.endsWith("Secret") && typeof name === "string" && typeof key === "string") {
      const keys = found.get(name) ?? new Set()
      found.set(name, keys.add(key))
      return
    }
    for (const inner of Object.keys(value)) look(value[inner] ?? null, inner)
  }
  for (const location of locations) look(location as JsonObject, "")
  return [...found].map(([name, keys]) => [name, [...keys]] as const)
}

function secretVolume([name, keys]: readonly [string, readonly string[]]): JsonObject {
  const items = keys.map((key) => ({ key, path: key }))
  return { name, secret: { secretName: name, items } }
}

function secretMount([name]: readonly [string, readonly string[]]): JsonObject {
  return { name, mountPath: `/argo/secret/${name}`, readOnly: true }
}
