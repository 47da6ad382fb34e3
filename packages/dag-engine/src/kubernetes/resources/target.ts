import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Cluster } from "@argo-ts/k8s"
import {
  apiVersionOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Kind,
  OperationError,
} from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import type { ResourceTemplate } from "../../api/leaf.js"
import { type ArtifactPlaces, fetchArtifact } from "../../executors/artifacts.js"
import type { Task } from "../../executors/executor.js"
import { readFlags } from "./flags.js"

/** What a resource template speaks of. */
export interface Target {
  readonly kind: Kind
  readonly namespace: string | undefined
  /** Absent for what the server names, and where a selector says which. */
  readonly name: string | undefined
  readonly selector: string | undefined
  /** The manifest; a list of operations for a JSON patch. */
  readonly manifest: JsonValue | undefined
  readonly isLenient: boolean
}

function refuse(message: string): never {
  throw new OperationError(message, { code: "InvalidResource", retryable: false })
}

/**
 * The resource of a task with its manifest in place: where `manifestFrom` says so, it is the text of an artifact.
 */
export async function withManifest(
  task: Task,
  resource: ResourceTemplate,
  places: ArtifactPlaces,
): Promise<ResourceTemplate> {
  const { artifact } = resource.manifestFrom ?? {}
  if (artifact === undefined) return resource
  const source = task.inputs?.artifacts?.find(({ name }) => name === artifact.name) ?? artifact
  const folder = await mkdtemp(join(tmpdir(), "argo-ts-manifest-"))
  try {
    const path = join(folder, "manifest")
    if (!(await fetchArtifact(places, task, source, path))) {
      return refuse(`resource.manifestFrom: the artifact '${artifact.name}' is not there`)
    }
    if (!(await stat(path)).isFile()) {
      return refuse(`resource.manifestFrom: the artifact '${artifact.name}' is no file`)
    }
    return { ...resource, manifest: await readFile(path, "utf8") }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Reads manifest and flags and finds the kind among those that the cluster serves. */
export async function targetOf(
  task: Task,
  resource: ResourceTemplate,
  cluster: Pick<Cluster, "kinds">,
): Promise<Target> {
  const flags = readFlags(resource.flags ?? [])
  if (typeof flags === "string") refuse(flags)
  const manifest = readManifest(resource)
  const object = isJsonObject(manifest) ? manifest : {}
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {}
  const kind = kindOf(await cluster.kinds(), object, flags.type)
  const namespace = textOf(metadata["namespace"]) ?? flags.namespace ?? task.namespace
  return {
    kind,
    namespace: kind.scope === "Namespaced" ? namespace : undefined,
    name: textOf(metadata["name"]) ?? flags.name,
    selector: flags.selector,
    manifest,
    isLenient: flags.isLenient,
  }
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

function readManifest({
  manifest,
  action,
  mergeStrategy,
}: ResourceTemplate): JsonValue | undefined {
  if (manifest === undefined || manifest.trim() === "") return undefined
  const parsed = parseManifests(manifest)
  const [document] = parsed.ok ? parsed.value : []
  if (!parsed.ok || parsed.value.length !== 1 || document === undefined) {
    const found = parsed.ok ? `${parsed.value.length} documents` : parsed.issues[0]?.message
    return refuse(`resource.manifest: expected one YAML document, found ${found ?? "none"}`)
  }
  const value = document.value as JsonValue
  const isList = action === "patch" && mergeStrategy === "json"
  if (isList !== Array.isArray(value) || (!isList && !isJsonObject(value))) {
    refuse(`resource.manifest: expected ${isList ? "a list of operations" : "an object"}`)
  }
  return value
}

function kindOf(kinds: readonly Kind[], object: JsonObject, type: string | undefined): Kind {
  const { apiVersion, kind } = object
  if (typeof kind === "string" && typeof apiVersion === "string") {
    const found = kinds.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion)
    return found ?? refuse(`the cluster serves no kind ${kind} of ${apiVersion}`)
  }
  if (type === undefined) {
    return refuse("resource.manifest: expected apiVersion and kind, or the kind as a flag")
  }
  const [plural = "", ...rest] = type.toLowerCase().split(".")
  const group = rest.join(".")
  const found = kinds.find(
    (each) =>
      [each.plural, each.kind.toLowerCase()].includes(plural) &&
      (group === "" || each.group === group || `${each.version}.${each.group}` === group),
  )
  return found ?? refuse(`the cluster serves no kind "${type}"`)
}
