import { open, readdir, realpath } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { compareText } from "@argo-ts/kernel"

/** Why a checkout cannot be rendered: about the source, said to its author. */
export class RenderIssue extends Error {
  override readonly name = "RenderIssue"
}

const filesMax = 10_000
const entriesMax = 100_000

/** The real path of something in the checkout; what leads out of it, through `..` or a link, is refused. */
export async function confined(root: string, path: string, name: string): Promise<string> {
  let real: string
  try {
    real = await realpath(path)
  } catch {
    throw new RenderIssue(`${name}: app path does not exist`)
  }
  const inside = relative(root, real)
  if (inside === ".." || inside.startsWith(`..${sep}`)) {
    throw new RenderIssue(`${name}: leads out of the repository`)
  }
  return real
}

/** Every file below a folder that `isWanted` takes, by path; directories are entered under `recurse`. */
export async function listFiles(
  folder: string,
  recurse: boolean,
  isWanted: (path: string) => boolean,
): Promise<readonly string[]> {
  const files: string[] = []
  const queue = [""]
  let entries = 0
  for (let at = 0; at < queue.length; at++) {
    const here = queue[at] as string
    for (const entry of await readdir(join(folder, here), { withFileTypes: true })) {
      const path = here === "" ? entry.name : `${here}/${entry.name}`
      if (++entries > entriesMax) throw new RenderIssue(`more than ${entriesMax} files and folders`)
      if (!entry.isDirectory()) {
        if (isWanted(path)) files.push(path)
      } else if (recurse && entry.name !== ".git") queue.push(path)
    }
    if (files.length > filesMax) throw new RenderIssue(`more than ${filesMax} manifest files`)
  }
  return files.toSorted(compareText)
}

/** The text of a file, unless it is larger than `bytesMax`: never more than that is read. */
export async function readBounded(path: string, name: string, bytesMax: number): Promise<string> {
  const file = await open(path, "r")
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw new RenderIssue(`${name}: expected a file`)
    if (facts.size > bytesMax) {
      const finding = `expected at most ${bytesMax} bytes of manifests, found ${facts.size} more`
      throw new RenderIssue(`${name}: ${finding}`)
    }
    return await file.readFile("utf8")
  } finally {
    await file.close()
  }
}
