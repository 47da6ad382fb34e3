import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs"
import { isAbsolute, join, relative, resolve } from "node:path"
import { compareText, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { type ManifestDocument, parseManifests } from "@argo-ts/kernel/yaml"
import { CliError } from "../io.js"
import { type FileIssue, placeIssue, placeYamlIssue, wholeFileIssue } from "./file-issue.js"

/** One manifest and where it came from. */
export interface Manifest {
  readonly file: string
  readonly document: ManifestDocument
  readonly value: JsonObject & { readonly apiVersion: string; readonly kind: string }
}

/** Everything that was read, and everything that could not be. */
export interface ManifestReading {
  readonly files: readonly string[]
  readonly manifests: readonly Manifest[]
  readonly issues: readonly FileIssue[]
}

const bytesMax = 10 * 1024 * 1024
const filesMax = 10_000

/** Manifest files under a directory, sorted; hidden directories and `node_modules` are left out. */
function filesUnder(directory: string): readonly string[] {
  const found: string[] = []
  const open = [directory]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name)
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue
      if (entry.isDirectory()) open.push(path)
      else if (entry.isFile() && /\.(ya?ml|json)$/.test(entry.name)) found.push(path)
      if (found.length > filesMax) {
        throw new CliError(
          "TooLarge",
          `${directory}: expected at most ${filesMax} files, found more`,
        )
      }
    }
  }
  return found.toSorted(compareText)
}

/** The files that paths name: a file itself, or every manifest under a directory. Refuses what holds none. */
export function listFiles(paths: readonly string[], cwd: string): readonly string[] {
  const files: string[] = []
  for (const path of paths) {
    const absolute = resolve(cwd, path)
    const entry = lstatSync(absolute, { throwIfNoEntry: false })
    if (entry === undefined) {
      throw new CliError("FileNotFound", `${path}: expected a file or directory, found nothing`)
    }
    const isDirectory = statSync(absolute).isDirectory()
    const found = isDirectory ? filesUnder(absolute) : [absolute]
    if (found.length === 0) {
      throw new CliError(
        "EmptyDirectory",
        `${path}: expected manifests (*.yaml, *.yml, *.json), found none`,
      )
    }
    files.push(...found)
  }
  return [...new Set(files)].map((file) => shownPath(file, cwd))
}

function shownPath(file: string, cwd: string): string {
  const near = relative(cwd, file)
  return near === "" || near.startsWith("..") || isAbsolute(near) ? file : near
}

/** Opens a `List`; everything else is itself. */
function itemsOf(
  value: JsonObject,
): readonly { value: unknown; path: readonly (string | number)[] }[] {
  const items = value["items"]
  const isList =
    typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(items)
  if (!isList) return [{ value, path: [] }]
  return (items as readonly unknown[]).map((item, index) => ({
    value: item,
    path: ["items", index],
  }))
}

function isManifest(value: unknown): value is Manifest["value"] {
  return (
    isJsonObject(value) &&
    typeof value["apiVersion"] === "string" &&
    typeof value["kind"] === "string"
  )
}

function readDocument(
  file: string,
  document: ManifestDocument,
): { manifests: Manifest[]; issues: FileIssue[] } {
  const manifests: Manifest[] = []
  const issues: FileIssue[] = []
  const items = isJsonObject(document.value)
    ? itemsOf(document.value)
    : [{ value: document.value, path: [] }]
  for (const { value, path } of items) {
    if (isManifest(value)) {
      const locate: ManifestDocument["locate"] = (inner) => document.locate([...path, ...inner])
      manifests.push({ file, document: { ...document, locate }, value })
      continue
    }
    const found = isJsonObject(value)
      ? "a mapping without them"
      : Array.isArray(value)
        ? "a list"
        : typeof value
    const message = `expected a manifest with apiVersion and kind, found ${found}`
    issues.push(placeIssue(file, document, { code: "NotAManifest", path, message }))
  }
  return { manifests, issues }
}

function readFile(file: string, cwd: string): { manifests: Manifest[]; issues: FileIssue[] } {
  const absolute = resolve(cwd, file)
  const { size } = statSync(absolute)
  if (size > bytesMax) {
    const found = `${(size / 1024 / 1024).toFixed(1)} MiB`
    const message = `expected a file of at most 10 MiB, found ${found}`
    return { manifests: [], issues: [wholeFileIssue(file, "TooLarge", message)] }
  }
  const parsed = parseManifests(readFileSync(absolute, "utf8"), { file })
  if (!parsed.ok) {
    return { manifests: [], issues: parsed.issues.map((issue) => placeYamlIssue(file, issue)) }
  }
  const manifests: Manifest[] = []
  const issues: FileIssue[] = []
  for (const document of parsed.value) {
    const read = readDocument(file, document)
    manifests.push(...read.manifests)
    issues.push(...read.issues, ...document.warnings.map((issue) => placeYamlIssue(file, issue)))
  }
  return { manifests, issues }
}

/** Reads every manifest of the given files and directories; all issues of all files. */
export function readManifests(paths: readonly string[], cwd: string): ManifestReading {
  const files = listFiles(paths, cwd)
  const manifests: Manifest[] = []
  const issues: FileIssue[] = []
  const named = new Set(paths.map((path) => shownPath(resolve(cwd, path), cwd)))
  for (const file of files) {
    const read = readFile(file, cwd)
    manifests.push(...read.manifests)
    // Directories hold other JSON too (package.json, data): such a file is judged only where it was named.
    const isOther = file.endsWith(".json") && !named.has(file) && read.manifests.length === 0
    issues.push(...read.issues.filter(({ code }) => !isOther || code !== "NotAManifest"))
  }
  return { files, manifests, issues }
}
