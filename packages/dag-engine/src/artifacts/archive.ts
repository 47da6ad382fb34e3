import { createReadStream } from "node:fs"
import { mkdir, open, readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { OperationError } from "@argo-ts/kernel"
import type { ArchiveStrategy } from "../api/artifact.js"

/*
 * How artifacts are packed where others read them (spec/workflows §1.7): a gzipped tar unless `archive` says otherwise.
 * What was fetched is unpacked as declared; without a declaration, where its first bytes say that it is a tarball.
 */

const gzipMagic = Buffer.from([0x1f, 0x8b])
const zipMagic = Buffer.from("PK\u0003\u0004", "latin1")
const ustarAt = 257
const headLength = 262

type Kind = "gzip" | "tar" | "zip" | "plain"

async function kindOf(file: string): Promise<Kind> {
  const handle = await open(file, "r")
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headLength), 0, headLength, 0)
    const head = buffer.subarray(0, bytesRead)
    if (head.subarray(0, 2).equals(gzipMagic)) return "gzip"
    if (head.subarray(0, 4).equals(zipMagic)) return "zip"
    return head.toString("latin1", ustarAt, headLength) === "ustar" ? "tar" : "plain"
  } finally {
    await handle.close()
  }
}

/** True where a gzipped file holds a tar: many are just one compressed file. */
async function holdsTar(file: string): Promise<boolean> {
  const { createGunzip } = await import("node:zlib")
  const stream = createReadStream(file).pipe(createGunzip())
  let head = Buffer.alloc(0)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      head = Buffer.concat([head, chunk])
      if (head.length >= headLength) break
    }
  } catch {
    return false
  }
  return head.toString("latin1", ustarAt, headLength) === "ustar"
}

/** Makes of a fetched `file` what stands at `path`; `file` is gone then. */
export async function unpack(
  file: string,
  path: string,
  archive: ArchiveStrategy | undefined,
): Promise<void> {
  const kind = archive?.none === undefined ? await kindOf(file) : "plain"
  const isDeclared = archive?.tar !== undefined
  if (archive?.zip !== undefined) {
    if (kind !== "zip") {
      const message = "the artifact is no zip archive, and `archive.zip` says that it is"
      throw new OperationError(message, { code: "InvalidArchive", retryable: false })
    }
    const { unzip } = await import("./zip.js")
    return unpackInto(path, file, (folder) => unzip(file, folder))
  }
  const isTar = kind === "tar" || (kind === "gzip" && (isDeclared || (await holdsTar(file))))
  if (!isTar) {
    if (isDeclared) {
      throw new OperationError(
        "the artifact is no tar archive, and `archive.tar` says that it is",
        {
          code: "InvalidArchive",
          retryable: false,
        },
      )
    }
    await rename(file, path)
    return
  }
  const tar = await import("tar")
  // Entries that lead out of the folder are left out by the library, and owners are not taken over.
  await unpackInto(path, file, (cwd) => tar.extract({ file, cwd, preserveOwner: false }))
}

/** An archive of one entry becomes that entry; any other becomes the directory. */
async function unpackInto(
  path: string,
  file: string,
  extract: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = `${path}.unpacked`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await extract(folder)
  const entries = await readdir(folder)
  const [only] = entries
  if (entries.length === 1 && only !== undefined) {
    await rename(join(folder, only), path)
    await rm(folder, { recursive: true, force: true })
  } else await rename(folder, path)
  await rm(file, { force: true })
}

/** Packs the file or directory at `path` into a new `file`. */
export async function pack(
  path: string,
  file: string,
  archive: ArchiveStrategy | undefined,
): Promise<void> {
  if (archive?.zip !== undefined) {
    const { zip } = await import("./zip.js")
    return zip(path, file)
  }
  const level = archive?.tar?.compressionLevel
  const tar = await import("tar")
  const gzip = level === 0 ? false : level === undefined ? true : { level }
  await tar.create({ file, cwd: dirname(path), gzip, portable: true }, [basename(path)])
}
