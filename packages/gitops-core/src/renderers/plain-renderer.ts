import { readdir, readFile, realpath, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import {
  compareText,
  failed,
  type Issue,
  isJsonObject,
  ok,
  type UntypedObject,
} from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import type { ApplicationSource } from "../api/source.js"
import { matchesGlob } from "../core/glob.js"
import { checkObject } from "../core/targets.js"
import type { Renderer } from "./renderer.js"

const fileBytesMax = 10 * 1024 * 1024
const filesMax = 10_000

class RenderIssue extends Error {
  override readonly name = "RenderIssue"
}

/** The real path of something in the checkout; what leads out of it, through `..` or a link, is refused. */
async function confined(root: string, path: string, name: string): Promise<string> {
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

/** `{a,b}` in a glob is a choice; one level, as in `*.{yaml,yml}`. */
function matchesAny(pattern: string, path: string): boolean {
  const choice = /^(.*)\{([^{}]*)\}(.*)$/.exec(pattern)
  if (choice === null) return matchesGlob(pattern, path)
  const [, before = "", words = "", after = ""] = choice
  return words.split(",").some((word) => matchesGlob(`${before}${word}${after}`, path))
}

async function listFiles(
  folder: string,
  recurse: boolean,
  prefix = "",
): Promise<readonly string[]> {
  const files: string[] = []
  const queue = [prefix]
  for (let at = 0; at < queue.length; at++) {
    const here = queue[at] as string
    for (const entry of await readdir(join(folder, here), { withFileTypes: true })) {
      const path = here === "" ? entry.name : `${here}/${entry.name}`
      if (entry.isDirectory() && recurse && entry.name !== ".git") queue.push(path)
      else if (!entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name)) files.push(path)
    }
    if (files.length > filesMax) throw new RenderIssue(`more than ${filesMax} manifest files`)
  }
  return files.toSorted(compareText)
}

/** A `kind: List` stands for its items. */
function unfold(value: unknown): readonly unknown[] {
  const isList =
    isJsonObject(value) && String(value["kind"]).endsWith("List") && Array.isArray(value["items"])
  return isList ? (value["items"] as readonly unknown[]) : [value]
}

async function readObjects(root: string, folder: string, file: string): Promise<Rendered> {
  const real = await confined(root, join(folder, file), file)
  const { size } = await stat(real)
  if (size > fileBytesMax) {
    throw new RenderIssue(`${file}: expected at most ${fileBytesMax} bytes, found ${size}`)
  }
  const parsed = parseManifests(await readFile(real, "utf8"), { file })
  if (!parsed.ok) return { objects: [], issues: parsed.issues }
  const objects: UntypedObject[] = []
  const issues: Issue[] = []
  for (const document of parsed.value) {
    for (const value of unfold(document.value)) {
      const found = checkObject(value).map((issue) => ({
        ...issue,
        message: `${file}:${document.line}: ${issue.message}`,
      }))
      issues.push(...found)
      if (found.length === 0) objects.push(value as UntypedObject)
    }
  }
  return { objects, issues }
}

interface Rendered {
  readonly objects: readonly UntypedObject[]
  readonly issues: readonly Issue[]
}

async function renderDirectory(directory: string, source: ApplicationSource): Promise<Rendered> {
  const root = await realpath(directory)
  const folder = await confined(root, join(root, source.path ?? "."), source.path ?? ".")
  const { recurse = false, include, exclude } = source.directory ?? {}
  const files = (await listFiles(folder, recurse)).filter(
    (file) =>
      (exclude === undefined || exclude === "" || !matchesAny(exclude, file)) &&
      (include === undefined || include === "" || matchesAny(include, file)),
  )
  const objects: UntypedObject[] = []
  const issues: Issue[] = []
  for (const file of files) {
    const read = await readObjects(root, folder, file)
    objects.push(...read.objects)
    issues.push(...read.issues)
  }
  return { objects, issues }
}

/** Plain YAML and JSON files, in the order of their paths. */
export function plainRenderer(): Renderer {
  return {
    async render(directory, source) {
      try {
        const { objects, issues } = await renderDirectory(directory, source)
        return issues.length > 0 ? failed(issues) : ok(objects)
      } catch (error) {
        if (!(error instanceof RenderIssue)) throw error
        return failed([
          { code: "InvalidSource", path: ["spec", "source", "path"], message: error.message },
        ])
      }
    },
  }
}
