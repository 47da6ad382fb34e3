import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { normalize } from "node:path/posix"
import { mapPaths, type PathMap } from "@argo-ts/kernel/process"
import type { MountPlan, VolumePlan } from "./volumes.js"

/** The directory of one pod. */
export interface WorkDirectory {
  /** Makes the volumes that are not there yet. */
  makeVolumes(volumes: readonly VolumePlan[]): void
  /** Makes a container's own directory anew, with its volumes in it, and answers where its paths are. */
  makeContainer(name: string, places: ContainerPlaces): ContainerDirectory
  remove(): void
}

/** What a container's spec says of its paths. */
export interface ContainerPlaces {
  readonly mounts: readonly MountPlan[]
  readonly workingDir: string | undefined
  readonly terminationMessagePath: string
}

/** Where a container's paths are. */
export interface ContainerDirectory {
  /** What `/` stands for where the container's spec declares absolute paths. */
  readonly root: string
  readonly cwd: string
  readonly paths: PathMap
  /** For `TMPDIR`. */
  readonly temporary: string
  /** What the container leaves for its last words. */
  readonly messageFile: string
}

/** The directory of a claim, among those of its namespace. */
export function claimFolder(claims: string, name: string): string {
  return join(claims, encodeURIComponent(name))
}

/** A path below a directory that `..` does not leave. */
function below(directory: string, path: string): string {
  return join(directory, normalize(`/${path}`))
}

function makeVolume(place: string, volume: VolumePlan, claims: string): void {
  switch (volume.type) {
    case "Directory":
      mkdirSync(place, { recursive: true })
      return
    case "Files":
      mkdirSync(place, { recursive: true })
      for (const { path, data, mode } of volume.files) {
        const file = below(place, path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, data, { mode })
      }
      return
    case "Claim": {
      const shared = claimFolder(claims, volume.claim)
      mkdirSync(shared, { recursive: true })
      symlinkSync(shared, place)
      return
    }
    case "Host":
      symlinkSync(volume.path, place)
      return
    default:
      volume satisfies never
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function mount(root: string, volumes: string, { volume, mountPath, subPath }: MountPlan): void {
  const source = below(join(volumes, volume), subPath)
  if (!existsSync(source)) mkdirSync(source, { recursive: true })
  const place = below(root, mountPath)
  mkdirSync(dirname(place), { recursive: true })
  // A volume may hold already what another one is mounted over.
  if (!isThere(place)) symlinkSync(source, place)
}

/** Names a pod's directory; nothing is made yet. `claims` holds the directories of its namespace's claims. */
export function workDirectory(folder: string, claims: string): WorkDirectory {
  const volumesFolder = join(folder, "volumes")
  return {
    makeVolumes(volumes) {
      mkdirSync(volumesFolder, { recursive: true, mode: 0o700 })
      for (const volume of volumes) {
        const place = join(volumesFolder, volume.name)
        if (!isThere(place)) makeVolume(place, volume, claims)
      }
    },
    makeContainer(name, { mounts, workingDir, terminationMessagePath }) {
      const own = join(folder, "containers", name)
      const root = join(own, "root")
      rmSync(own, { recursive: true, force: true })
      mkdirSync(root, { recursive: true })
      const temporary = join(own, "tmp")
      mkdirSync(temporary)
      const messageFile = below(root, terminationMessagePath)
      mkdirSync(dirname(messageFile), { recursive: true })
      writeFileSync(messageFile, "")
      for (const each of mounts) mount(root, volumesFolder, each)
      const cwd = workingDir === undefined ? root : below(root, workingDir)
      mkdirSync(cwd, { recursive: true })
      const declared = mounts.map(({ mountPath }) => mountPath)
      if (workingDir?.startsWith("/") === true) declared.push(workingDir)
      declared.push(terminationMessagePath)
      const paths = mapPaths(
        declared.filter((path) => path.startsWith("/") && normalize(path) !== "/"),
        root,
      )
      return { root, cwd, paths, temporary, messageFile }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
