import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { exportObjects, importObjects } from "@argo-ts/cluster-sim"
import type { Cluster } from "@argo-ts/k8s"
import type { JsonValue, UntypedObject } from "@argo-ts/kernel"
import { formatManifests } from "@argo-ts/kernel/yaml"
import { CliError, type Io } from "../io.js"
import { formatFileIssue, toJsonIssue } from "../manifests/file-issue.js"
import { readManifests } from "../manifests/read.js"

/** Refuses a folder that holds something: what is no more in the cluster would stay in it. */
export function checkExport(folder: string, io: Io): string {
  const path = resolve(io.cwd, folder)
  if (existsSync(path) && readdirSync(path).length > 0) {
    throw new CliError(
      "InvalidOption",
      `--export: expected an empty or a new directory at ${folder}, found files in it`,
    )
  }
  return path
}

/** `shop/rollouts.argoproj.io/web.yaml`, or `_cluster/…` for what is in no namespace. */
function placeOf(object: UntypedObject): string {
  const group = object.apiVersion.includes("/") ? `.${object.apiVersion.split("/")[0]}` : ""
  const { namespace = "_cluster", name = "" } = object.metadata
  return join(namespace, `${object.kind.toLowerCase()}${group}`, `${encodeURIComponent(name)}.yaml`)
}

/** Writes every object of a cluster but its Events to a folder, a file each. Answers how many. */
export async function exportFolder(cluster: Cluster, folder: string): Promise<number> {
  const objects = await exportObjects(cluster)
  for (const object of objects) {
    const file = join(folder, placeOf(object))
    mkdirSync(dirname(file), { recursive: true })
    // Secrets are among them.
    writeFileSync(file, formatManifests([object as unknown as JsonValue]), { mode: 0o600 })
  }
  return objects.length
}

/** Objects of a folder as another cluster had them, read before anything has an effect. */
export function readFolder(paths: readonly string[], io: Io): readonly UntypedObject[] {
  if (paths.length === 0) return []
  const { manifests, issues } = readManifests(paths, io.cwd)
  if (issues.length === 0) return manifests.map(({ value }) => value as unknown as UntypedObject)
  throw new CliError("InvalidManifest", issues.map(formatFileIssue).join("\n"), {
    exitCode: 1,
    details: issues.map(toJsonIssue),
  })
}

/** Creates what a folder held, with its status. Every refusal is told. */
export async function importFolder(
  cluster: Cluster,
  objects: readonly UntypedObject[],
  io: Io,
): Promise<void> {
  if (objects.length === 0) return
  const { created, present, refused } = await importObjects(cluster, objects, {
    fieldManager: "argo-ts",
  })
  for (const { object, reason } of refused)
    io.err(`warning: ${object} was not imported: ${reason}\n`)
  const were = present.length > 0 ? `, ${present.length} were there already` : ""
  io.err(`${created.length} objects imported${were}\n`)
}
