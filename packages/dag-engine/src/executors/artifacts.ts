import { chmod, cp, lstat, mkdir, readdir, realpath, rm, writeFile } from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import { OperationError, thrownText } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { ArtifactDriver, ArtifactLocationField } from "../artifacts/driver.js"
import type { NodeArtifact } from "../core/actions.js"
import { artifactKey } from "./artifact-keys.js"
import type { ExecutorWorld, Task } from "./executor.js"

/** What moves artifacts. */
export type ArtifactPlaces = Pick<ExecutorWorld, "artifacts" | "artifactDrivers">

type PlacedTask = Pick<Task, "workflow" | "podName" | "namespace" | "template">

/** Puts an input artifact at `path`. False where it is nowhere. */
export async function fetchArtifact(
  places: ArtifactPlaces,
  task: Pick<Task, "namespace">,
  artifact: Artifact,
  path: string,
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  if (!(await fetchPart(places, task, artifact, path))) return false
  if (artifact.mode !== undefined) await setMode(path, artifact.mode, artifact.recurseMode === true)
  return true
}

async function fetchPart(
  places: ArtifactPlaces,
  task: Pick<Task, "namespace">,
  artifact: Artifact,
  path: string,
): Promise<boolean> {
  const { subPath } = artifact
  if (subPath === undefined) return fetchWhole(places, task, artifact, path)
  const whole = `${path}.whole`
  if (!(await fetchWhole(places, task, artifact, whole))) return false
  const part = await confined(whole, join(whole, subPath))
  if (part !== undefined) await cp(part, path, { recursive: true, verbatimSymlinks: true })
  await rm(whole, { recursive: true, force: true })
  return part !== undefined
}

async function fetchWhole(
  { artifacts, artifactDrivers }: ArtifactPlaces,
  { namespace }: Pick<Task, "namespace">,
  artifact: Artifact,
  path: string,
): Promise<boolean> {
  if (artifact.raw !== undefined) {
    await writeFile(path, artifact.raw.data)
    return true
  }
  const driver = driverOf(artifactDrivers, artifact)
  if (driver !== undefined) return driver.fetch({ artifact, namespace, path })
  const key = artifact.s3?.key
  return key === undefined ? false : artifacts.get(key, path)
}

/** Stores what lies at `path` as an output artifact; answers where it is now. */
export async function storeArtifact(
  places: ArtifactPlaces,
  task: PlacedTask,
  declared: Artifact,
  path: string,
): Promise<Artifact> {
  const driver = driverOf(places.artifactDrivers, declared)
  if (driver !== undefined) {
    if (driver.store === undefined) {
      const message = `output artifact '${declared.name}': a "${driver.location}" location can only be read`
      throw new OperationError(message, { code: "ReadOnlyLocation", retryable: false })
    }
    await driver.store({ artifact: declared, namespace: task.namespace, path })
    return declared
  }
  const key = artifactKey(task, declared)
  await places.artifacts.put(key, path)
  return { ...declared, s3: { ...declared.s3, key } }
}

/** The keys of everything at or below an artifact's location. */
export async function listArtifact(
  { artifacts, artifactDrivers }: ArtifactPlaces,
  { namespace }: Pick<Task, "namespace">,
  artifact: Artifact,
): Promise<readonly string[]> {
  const driver = driverOf(artifactDrivers, artifact)
  if (driver === undefined) return artifacts.list(artifact.s3?.key ?? "")
  if (driver.list === undefined) {
    const message = `artifact '${artifact.name}': a "${driver.location}" location cannot be listed`
    throw new OperationError(message, { code: "UnlistableLocation", retryable: false })
  }
  return driver.list({ artifact, namespace })
}

/** Deletes an artifact; one that is gone already is no error. */
export async function deleteArtifact(
  { artifacts, artifactDrivers }: ArtifactPlaces,
  { namespace }: Pick<Task, "namespace">,
  artifact: Artifact,
): Promise<void> {
  const driver = driverOf(artifactDrivers, artifact)
  if (driver !== undefined) {
    if (driver.delete !== undefined) return driver.delete({ artifact, namespace })
    const message = `artifact '${artifact.name}': what lies at a "${driver.location}" location cannot be deleted`
    throw new OperationError(message, { code: "ReadOnlyLocation", retryable: false })
  }
  if (artifact.s3?.key !== undefined) await artifacts.delete(artifact.s3.key)
}

/** Deletes artifacts of nodes; answers which are gone, and why others are not. */
export async function deleteAll(
  places: ArtifactPlaces,
  due: readonly NodeArtifact[],
  namespace: string,
): Promise<{
  readonly deleted: readonly { readonly node: string; readonly name: string }[]
  readonly faults: readonly string[]
}> {
  const deleted: { readonly node: string; readonly name: string }[] = []
  const faults: string[] = []
  for (const { node, artifact } of due) {
    try {
      await deleteArtifact(places, { namespace }, artifact)
      deleted.push({ node, name: artifact.name })
    } catch (error) {
      const reason = thrownText(error)
      faults.push(`artifact '${artifact.name}' of ${node}: ${reason}`)
    }
  }
  return { deleted, faults }
}

function locationOf({ s3, http, git }: Artifact): ArtifactLocationField | undefined {
  if (http !== undefined) return "http"
  if (git !== undefined) return "git"
  // A key alone is one of the run's own artifact store.
  return s3?.bucket === undefined ? undefined : "s3"
}

function driverOf(
  drivers: readonly ArtifactDriver[],
  artifact: Artifact,
): ArtifactDriver | undefined {
  const location = locationOf(artifact)
  if (location === undefined) return undefined
  const found = drivers.find((driver) => driver.location === location)
  if (found !== undefined) return found
  const message = `artifact '${artifact.name}' has a "${location}" location, and no artifact driver was given for it (artifactDrivers: [${location}Artifacts(…)])`
  throw new OperationError(message, { code: "NoArtifactDriver", retryable: false })
}

async function setMode(path: string, mode: number, isRecursive: boolean): Promise<void> {
  const entry = await lstat(path)
  if (entry.isSymbolicLink()) return
  if (isRecursive && entry.isDirectory()) {
    for (const name of await readdir(path)) await setMode(join(path, name), mode, true)
  }
  await chmod(path, mode)
}

/** The real path where it lies below `root`; a link that leads out of it counts as absent. */
export async function confined(root: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    const base = await realpath(root)
    return real === base || real.startsWith(base + sep) ? real : undefined
  } catch {
    return undefined
  }
}
