import { existsSync, readFileSync } from "node:fs"
import { mkdir, open, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { dirname, join, normalize } from "node:path"
import { isJsonObject, OperationError } from "@argo-ts/kernel"
import { mapPaths, type PathMap } from "@argo-ts/kernel/process"
import type { Artifact } from "../../api/artifact.js"
import { type ArtifactPlaces, confined, fetchArtifact, storeArtifact } from "../artifacts.js"
import { allContainers, mountsOf } from "../containers.js"
import type { Task } from "../executor.js"
import { declaredPaths, scriptPath } from "./paths.js"

/** The directory of one node. */
export interface NodeFolder {
  readonly folder: string
  /** What `/` stands for where a template declares absolute paths. */
  readonly root: string
  readonly paths: PathMap
  /** Directories that several nodes share, by where they are mounted. */
  readonly shares: ReadonlyMap<string, string>
}

/** Where a volume claim's directory is. */
export function claimFolder(directory: string, namespace: string, claim: string): string {
  return join(directory, "claims", encodeURIComponent(namespace), encodeURIComponent(claim))
}

function sharesOf(directory: string, task: Task): ReadonlyMap<string, string> {
  const { spec, template, namespace } = task
  const claims = new Map<string, string>()
  for (const volume of [...(spec.volumes ?? []), ...(template.volumes ?? [])]) {
    const claim = volume["persistentVolumeClaim"]
    if (isJsonObject(claim)) claims.set(String(volume["name"]), String(claim["claimName"]))
  }
  const shares = new Map<string, string>()
  if (claims.size === 0) return shares
  for (const { name, mountPath, subPath = "" } of mountsOf(allContainers(template))) {
    const claim = claims.get(String(name))
    if (claim === undefined || typeof mountPath !== "string") continue
    const folder = claimFolder(directory, namespace, claim)
    shares.set(mountPath, join(folder, normalize(`/${String(subPath)}`)))
  }
  return shares
}

/** The real path where it lies in the node's directory or in one that it shares. */
async function confinedTo(node: NodeFolder, path: string): Promise<string | undefined> {
  for (const root of [node.root, ...node.shares.values()]) {
    const found = await confined(root, path)
    if (found !== undefined) return found
  }
  return undefined
}

/** The directory of a task, by its key. */
export function folderOfKey(directory: string, key: string): string {
  return join(directory, ...key.split("/").map(encodeURIComponent))
}

/** Names the directory of a task; nothing is made yet. */
export function nodeFolder(directory: string, task: Task): NodeFolder {
  const folder = folderOfKey(directory, task.key)
  const root = join(folder, "root")
  const paths = mapPaths(declaredPaths(task.template), root)
  return { folder, root, paths, shares: sharesOf(directory, task) }
}

/** A file that says since when the node is the one that a directory was made for. */
const sinceFile = "since"

/** True where a directory was made for this node, and not for one of its name that is tried again or submitted anew. */
export function isFolderOf({ folder }: NodeFolder, { startedAt }: Task): boolean {
  const file = join(folder, sinceFile)
  return existsSync(file) && readFileSync(file, "utf8") === String(startedAt)
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
  await writeFile(join(folder, sinceFile), String(task.startedAt))
  await mkdir(root, { recursive: true })
  for (const [path, shared] of node.shares) {
    await mkdir(shared, { recursive: true })
    await mkdir(dirname(paths.place(path)), { recursive: true })
    await symlink(shared, paths.place(path))
  }
  for (const path of declaredPaths(task.template)) {
    await mkdir(dirname(paths.place(path)), { recursive: true })
  }
  for (const { workingDir } of allContainers(task.template)) {
    if (workingDir !== undefined) await mkdir(paths.place(workingDir), { recursive: true })
  }
  for (const mount of mountsOf(allContainers(task.template))) {
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
    const path = await confinedTo(node, node.paths.place(valueFrom.path))
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
    const path = await confinedTo(node, node.paths.place(declared.path))
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
