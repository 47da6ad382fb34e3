import { createWriteStream } from "node:fs"
import { chmod, mkdir, readdir, stat } from "node:fs/promises"
import { basename, dirname, join, sep } from "node:path"
import { pipeline } from "node:stream/promises"
import { promisify } from "node:util"
import { compareText } from "@argo-ts/kernel"
import { type Entry, type Options, open, type ZipFile } from "yauzl"
import { ZipFile as NewZipFile } from "yazl"

const openZip = promisify<string, Options, ZipFile>(open)

/** Packs the file or directory at `path` into a new zip, under its own name. Links are left out. */
export async function zip(path: string, file: string): Promise<void> {
  const archive = new NewZipFile()
  await add(archive, path, basename(path))
  archive.end()
  await pipeline(archive.outputStream, createWriteStream(file))
}

async function add(archive: NewZipFile, path: string, name: string): Promise<void> {
  const entry = await stat(path)
  const { mode, mtime } = entry
  if (!entry.isDirectory()) {
    archive.addFile(path, name, { mtime, mode })
    return
  }
  const names = (await readdir(path, { withFileTypes: true }))
    .filter((each) => each.isDirectory() || each.isFile())
    .map((each) => each.name)
    .toSorted(compareText)
  if (names.length === 0) archive.addEmptyDirectory(name, { mtime, mode })
  for (const each of names) await add(archive, join(path, each), `${name}/${each}`)
}

const modeBits = 0o7777
const linkType = 0o120000
const typeBits = 0o170000

/** Unpacks a zip into a folder. Entries that lead out of it, and links, are left out. */
export async function unzip(file: string, folder: string): Promise<void> {
  const archive = await openZip(file, { lazyEntries: true, decodeStrings: true })
  const read = promisify<Entry, NodeJS.ReadableStream>(archive.openReadStream.bind(archive))
  await new Promise<void>((resolve, reject) => {
    archive.on("error", reject)
    archive.on("end", () => resolve())
    archive.on("entry", (entry: Entry) => {
      extract(entry, folder, read).then(() => archive.readEntry(), reject)
    })
    archive.readEntry()
  })
}

async function extract(
  entry: Entry,
  folder: string,
  read: (entry: Entry) => Promise<NodeJS.ReadableStream>,
): Promise<void> {
  const path = join(folder, entry.fileName)
  if (!path.startsWith(folder + sep)) return
  const unixMode = entry.externalFileAttributes >>> 16
  if ((unixMode & typeBits) === linkType) return
  if (entry.fileName.endsWith("/")) {
    await mkdir(path, { recursive: true })
    return
  }
  await mkdir(dirname(path), { recursive: true })
  await pipeline(await read(entry), createWriteStream(path))
  if ((unixMode & modeBits) !== 0) await chmod(path, unixMode & modeBits)
}
