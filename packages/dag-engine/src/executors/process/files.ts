import { mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { OperationError } from "@argo-ts/kernel"
import type { Artifact } from "../../api/artifact.js"
import { type ArtifactPlaces, confined, fetchArtifact, storeArtifact } from "../artifacts.js"
import type { Task } from "../executor.js"
import { allContainers, declaredPaths, mapPaths, type PathMap, scriptPath } from "./paths.js"

/** The directory of one node. */
export interface NodeFolder {
  readonly folder: string
  /** What `/` stands for where a template declares absolute paths. */
  readonly root: string
  readonly paths: PathMap
}

/** Names the directory of a task; nothing is made yet. */
export function nodeFolder(directory: string, task: Task): NodeFolder {
  const folder = join(directory, ...task.key.split("/").map(encodeURIComponent))
  const root = join(folder, "root")
  return { folder, root, paths: mapPaths(declaredPaths(task.template), root) }
}

/** Makes a node's directory: empty but for its inputs and its source. */
export async function fillFolder(
  node: NodeFolder,
  task: Task,
  places: ArtifactPlaces,
): Promise<void> {
  const { folder, root, paths } = node
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, "tmp"), { recursive: true })
  await mkdir(root, { recursive: true })
  for (const path of declaredPaths(task.template)) {
    await mkdir(dirname(paths.place(path)), { recursive: true })
  }
  const { containerSet } = task.template
  const containers = allContainers(task.template)
  for (const { workingDir } of containers) {
    if (workingDir !== undefined) await mkdir(paths.place(workingDir), { recursive: true })
  }
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
  for (const mount of [...mounts, ...(containerSet?.volumeMounts ?? [])]) {
    const path = mount["mountPath"]
    if (typeof path === "string" && mount["subPath"] === undefined) {
      await mkdir(paths.place(path), { recursive: true })
    }
  }
  for (const artifact of task.inputs?.artifacts ?? [])
    await placeInput(node, task, artifact, places)
  if (task.template.script !== undefined) {
    await writeFile(paths.place(scriptPath), paths.replace(task.template.script.source ?? ""))
  }
}

async function placeInput(
  node: NodeFolder,
  task: Task,
  artifact: Artifact,
  places: ArtifactPlaces,
): Promise<void> {
  if (artifact.path === undefined) return
  if (await fetchArtifact(places, task, artifact, node.paths.place(artifact.path))) return
  if (artifact.optional === true) return
  throw new OperationError(
    `input artifact '${artifact.name}' is not there (${placeOf(artifact)})`,
    {
      code: "ArtifactNotFound",
      retryable: false,
    },
  )
}

function placeOf({ s3, http, git }: Artifact): string {
  if (http !== undefined) return http.url
  if (git !== undefined) return git.repo
  return s3?.key === undefined ? "it has no location" : `key ${s3.key} of the artifact store`
}

/** Output parameters that the step wrote; one trailing newline goes. */
export async function readParameters(
  node: NodeFolder,
  task: Task,
): Promise<{ readonly [name: string]: string }> {
  const found = Object.create(null) as { [name: string]: string }
  for (const { name, valueFrom } of task.template.outputs?.parameters ?? []) {
    if (valueFrom?.path === undefined) continue
    const path = await confined(node.root, node.paths.place(valueFrom.path))
    if (path === undefined || !(await stat(path)).isFile()) continue
    found[name] = (await readFile(path, "utf8")).replace(/\r?\n$/, "")
  }
  return found
}

/** Stores the output artifacts that the step left. */
export async function storeArtifacts(
  node: NodeFolder,
  task: Task,
  places: ArtifactPlaces,
): Promise<readonly Artifact[]> {
  const stored: Artifact[] = []
  for (const declared of task.template.outputs?.artifacts ?? []) {
    if (declared.path === undefined) continue
    const path = await confined(node.root, node.paths.place(declared.path))
    if (path === undefined) continue
    stored.push(await storeArtifact(places, task, declared, path))
  }
  return stored
}

const resultMax = 256 * 1024

/** The last of what a step wrote to its standard output, without its last newline. */
export async function readResult(folder: string): Promise<string> {
  const file = await open(join(folder, "stdout"), "r")
  try {
    const { size } = await file.stat()
    const length = Math.min(size, resultMax)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString("utf8", 0, bytesRead).replace(/\r?\n$/, "")
  } finally {
    await file.close()
  }
}
