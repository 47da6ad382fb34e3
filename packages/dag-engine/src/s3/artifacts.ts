import { readdir, rm, stat } from "node:fs/promises"
import { join, sep } from "node:path"
import { compareText } from "@argo-ts/kernel"
import type { Artifact, S3Artifact } from "../api/artifact.js"
import { pack, unpack } from "../artifacts/archive.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver, ArtifactRequest } from "../artifacts/driver.js"
import { type Bucket, createBuckets, type S3Options } from "./client.js"
import { download, listKeys, makeBucket, remove, upload } from "./objects.js"

const partBytesDefault = 64 * 1024 * 1024

/**
 * Moves `s3` artifacts: Amazon's, MinIO's, or any other that speaks S3. A key is one object, or what lies below it; outputs
 * are packed as `archive` says, and a directory with `archive.none` becomes one object a file. Reaches whatever endpoint
 * a manifest names: only for manifests you trust. Needs the optional peer `@aws-sdk/client-s3`.
 */
export function s3Artifacts(options: S3Options = {}): ArtifactDriver & Required<ArtifactDriver> {
  const buckets = createBuckets(options)
  const { partBytes = partBytesDefault } = options
  const open = async ({ artifact, namespace }: Pick<ArtifactRequest, "artifact" | "namespace">) => {
    const location = artifact.s3 as S3Artifact
    return { location, key: location.key ?? "", bucket: await buckets(location, namespace) }
  }
  return {
    location: "s3",
    async fetch(request) {
      const { bucket, key } = await open(request)
      const file = `${request.path}.download`
      if (await download(bucket, key, file)) {
        await unpack(file, request.path, request.artifact.archive)
        return true
      }
      return downloadBelow(bucket, key, request.path)
    },
    async store(request) {
      const { bucket, key, location } = await open(request)
      if (location.createBucketIfNotPresent !== undefined) await makeBucket(bucket, location)
      const { path, artifact } = request
      if (artifact.archive?.none !== undefined) {
        for (const [name, file] of await filesOf(path)) {
          await upload(bucket, location, { key: `${key}${name}`, file, partBytes })
        }
        return
      }
      const file = `${path}.upload`
      await pack(path, file, artifact.archive)
      try {
        await upload(bucket, location, { key, file, partBytes })
      } finally {
        await rm(file, { force: true })
      }
    },
    async list(place) {
      const { bucket, key } = await open(place)
      return listKeys(bucket, key)
    },
    async delete(place) {
      const { bucket, key } = await open(place)
      await remove(bucket, key)
      for (const below of await listKeys(bucket, `${key}/`)) await remove(bucket, below)
    },
  }
}

/** What lies below a key, as a directory. False where nothing does. */
async function downloadBelow(bucket: Bucket, key: string, path: string): Promise<boolean> {
  const prefix = key.endsWith("/") || key === "" ? key : `${key}/`
  let isAny = false
  for (const each of await listKeys(bucket, prefix)) {
    const file = join(path, each.slice(prefix.length))
    // A key may hold "..": it would lead elsewhere. One with "/" at its end stands for a folder.
    if (!file.startsWith(path + sep) || each.endsWith("/")) continue
    isAny = (await download(bucket, each, file)) || isAny
  }
  return isAny
}

/** A file under the empty name, or the files of a directory under theirs. */
async function filesOf(path: string): Promise<readonly (readonly [string, string])[]> {
  if (!(await stat(path)).isDirectory()) return [["", path]]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted(compareText)
    .map((file) => [file.slice(path.length).replaceAll(sep, "/"), file] as const)
}

/** The bucket of a run's own artifact store. */
export interface S3StoreOptions extends S3Options {
  /** The bucket and how it is reached; `key` stands before all keys. Its Secrets are looked for in `namespace`. */
  readonly bucket: S3Artifact
  /** Default `default`. */
  readonly namespace?: string
}

/** Keeps the artifacts of runs in a bucket: keys that end with `.tgz` packed, others as they are. */
export function s3ArtifactStore(options: S3StoreOptions): ArtifactStore {
  const driver = s3Artifacts(options)
  const { bucket, namespace = "default" } = options
  const prefix = bucket.key === undefined || bucket.key === "" ? "" : `${bucket.key}/`
  const placeOf = (key: string): { artifact: Artifact; namespace: string } => ({
    artifact: {
      name: key,
      ...(key.endsWith(".tgz") ? {} : { archive: { none: {} } }),
      s3: { ...bucket, key: prefix + key },
    },
    namespace,
  })
  const list = async (key: string): Promise<readonly string[]> =>
    (await driver.list(placeOf(key))).map((each) => each.slice(prefix.length))
  return {
    put: (key, path) => driver.store({ ...placeOf(key), path }),
    async get(key, path) {
      await rm(path, { recursive: true, force: true })
      return driver.fetch({ ...placeOf(key), path })
    },
    list,
    async delete(key) {
      const isThere = (await list(key)).some((each) => each === key || each.startsWith(`${key}/`))
      if (isThere) await driver.delete(placeOf(key))
      return isThere
    },
  }
}
