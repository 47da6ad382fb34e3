import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { ephemeralClaimName } from "../../pod-claims.js"
import type { Container, Pod } from "../../workloads.js"
import { type EnvironmentSources, fieldOf, Unresolved } from "./environment.js"

/** A file of a volume. */
export interface VolumeFile {
  readonly path: string
  readonly data: Buffer
  readonly mode: number
}

/** What a volume is on this machine. */
export type VolumePlan = { readonly name: string } & (
  | { readonly type: "Directory" }
  | { readonly type: "Files"; readonly files: readonly VolumeFile[] }
  /** A directory that all pods with the claim share. */
  | { readonly type: "Claim"; readonly claim: string }
  | { readonly type: "Host"; readonly path: string }
)

/** Where a container sees a volume. */
export interface MountPlan {
  readonly volume: string
  readonly mountPath: string
  /** Below the volume; empty for all of it. */
  readonly subPath: string
}

/** The volumes of a pod, or why one of them cannot be. */
export type Volumes =
  | { readonly volumes: readonly VolumePlan[] }
  | { readonly volume: string; readonly fault: string }

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((each) => isJsonObject(each)) : []
}

function textOf(object: JsonObject, field: string): string {
  const value = object[field]
  return typeof value === "string" ? value : ""
}

function numberOf(object: JsonObject, field: string): number | undefined {
  const value = object[field]
  return typeof value === "number" ? value : undefined
}

const defaultMode = 0o644

/** The entries of a ConfigMap or Secret as files: all of them, or those that `items` picks. */
function entryFiles(
  sources: EnvironmentSources,
  kind: "configmap" | "secret",
  source: JsonObject,
): readonly VolumeFile[] {
  const name = textOf(source, kind === "secret" && "secretName" in source ? "secretName" : "name")
  const isOptional = source["optional"] === true
  const data = sources.data(kind, name)
  if (data === undefined) {
    if (isOptional) return []
    throw new Unresolved(`${kind} ${JSON.stringify(name)} not found`)
  }
  const mode = numberOf(source, "defaultMode") ?? defaultMode
  if (source["items"] === undefined) {
    return [...data].map(([path, value]) => ({ path, data: value, mode }))
  }
  return objects(source["items"]).flatMap((item): readonly VolumeFile[] => {
    const value = data.get(textOf(item, "key"))
    if (value !== undefined) {
      return [{ path: textOf(item, "path"), data: value, mode: numberOf(item, "mode") ?? mode }]
    }
    if (isOptional) return []
    throw new Unresolved(`${kind} references non-existent config key: ${textOf(item, "key")}`)
  })
}

function fieldFiles(sources: EnvironmentSources, source: JsonObject): readonly VolumeFile[] {
  const mode = numberOf(source, "defaultMode") ?? defaultMode
  return objects(source["items"]).map((item) => {
    const { fieldRef } = item
    if (fieldRef === undefined || !isJsonObject(fieldRef)) {
      throw new Unresolved("resourceFieldRef is not supported for pods that run as processes")
    }
    const data = Buffer.from(fieldOf(textOf(fieldRef, "fieldPath"), sources))
    return { path: textOf(item, "path"), data, mode: numberOf(item, "mode") ?? mode }
  })
}

/** The files of one source of a volume; `undefined` where it has none of these. */
function filesOf(
  sources: EnvironmentSources,
  volume: JsonObject,
): readonly VolumeFile[] | undefined {
  const { configMap, secret, downwardAPI } = volume
  if (isObject(configMap)) return entryFiles(sources, "configmap", configMap)
  if (isObject(secret)) return entryFiles(sources, "secret", secret)
  return isObject(downwardAPI) ? fieldFiles(sources, downwardAPI) : undefined
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value)
}

function unsupported(volume: JsonObject): Unresolved {
  const type = Object.keys(volume).find((field) => field !== "name") ?? "nothing"
  return new Unresolved(`volumes of type ${type} are not supported for pods that run as processes`)
}

function projected(sources: EnvironmentSources, source: JsonObject): readonly VolumeFile[] {
  const mode = numberOf(source, "defaultMode")
  return objects(source["sources"]).flatMap((each) => {
    const own = Object.fromEntries(
      Object.entries(each).map(([field, value]) => [
        field,
        isObject(value) && mode !== undefined ? { defaultMode: mode, ...value } : value,
      ]),
    ) as JsonObject
    // Nobody tells a process where an API server is: every pod is given this source, and none of them a token.
    if (isObject(each["serviceAccountToken"])) return []
    const files = filesOf(sources, own)
    if (files === undefined) throw unsupported(each)
    return files
  })
}

function volumeOf(pod: Pod, sources: EnvironmentSources, volume: JsonObject): VolumePlan {
  const name = textOf(volume, "name")
  const files = filesOf(sources, volume)
  if (files !== undefined) return { name, type: "Files", files }
  const { emptyDir, hostPath, persistentVolumeClaim: claim, projected: source } = volume
  if (emptyDir !== undefined) return { name, type: "Directory" }
  if (isObject(source)) return { name, type: "Files", files: projected(sources, source) }
  if (isObject(claim)) return { name, type: "Claim", claim: textOf(claim, "claimName") }
  if (isObject(volume["ephemeral"])) {
    return { name, type: "Claim", claim: ephemeralClaimName(pod.metadata.name ?? "", name) }
  }
  if (isObject(hostPath)) return { name, type: "Host", path: textOf(hostPath, "path") }
  throw unsupported(volume)
}

/** What the volumes of a pod are. Those that come from objects are as the objects are now. */
export function planVolumes(pod: Pod, sources: EnvironmentSources): Volumes {
  const volumes: VolumePlan[] = []
  for (const volume of (pod.spec.volumes ?? []) as unknown as readonly JsonObject[]) {
    try {
      volumes.push(volumeOf(pod, sources, volume))
    } catch (error) {
      if (!(error instanceof Unresolved)) throw error
      const name = textOf(volume, "name")
      const fault = `MountVolume.SetUp failed for volume "${name}" : ${error.message}`
      return { volume: name, fault }
    }
  }
  return { volumes }
}

/** Where a container sees volumes; those further up come first. */
export function mountsOf(
  container: Container,
  expanded: (text: string) => string,
): readonly MountPlan[] {
  const spec = container as unknown as JsonObject
  return objects(spec["volumeMounts"])
    .map((mount) => ({
      volume: textOf(mount, "name"),
      mountPath: textOf(mount, "mountPath"),
      subPath: textOf(mount, "subPath") || expanded(textOf(mount, "subPathExpr")),
    }))
    .toSorted((left, right) => left.mountPath.length - right.mountPath.length)
}
