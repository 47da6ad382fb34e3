import { execFile } from "node:child_process"
import { readdirSync, realpathSync, statSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { promisify } from "node:util"
import { describe } from "vitest"

/** A real kubectl. */
export interface Kubectl {
  readonly path: string
  /** As it tells it: `v1.32.4`. */
  readonly version: string
  /** The second number of its version. */
  readonly minor: number
}

/** What discovery reads of the environment. */
export interface KubectlEnvironment {
  /** Files, apart by the path delimiter, that are taken in place of those on the path. */
  readonly KUBECTL?: string
  readonly PATH?: string
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** `kubectl.1.27` and `kubectl-1.27` in a folder; no plugins, which are `kubectl-name`. */
function versionedIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /^kubectl[.-]v?\d/.test(name))
    .toSorted()
    .map((name) => join(folder, name))
}

/** Files that are kubectls, by their names: those of `KUBECTL`, or the one on the path and those beside it and its target. */
export function kubectlFiles(environment: KubectlEnvironment): readonly string[] {
  const { KUBECTL = "", PATH = "" } = environment
  if (KUBECTL !== "") return KUBECTL.split(delimiter).filter((path) => path !== "")
  const onPath = PATH.split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "kubectl"))
    .find(isFile)
  if (onPath === undefined) return []
  const folders = new Set([dirname(onPath), dirname(realpathSync(onPath))])
  const found = [onPath, ...[...folders].flatMap(versionedIn)].filter(isFile)
  return [...new Map(found.map((path) => [realpathSync(path), path])).values()]
}

async function probe(path: string): Promise<Kubectl | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["version", "--client", "-o", "json"])
    const { clientVersion } = JSON.parse(stdout) as {
      readonly clientVersion: { readonly gitVersion: string; readonly minor: string }
    }
    return { path, version: clientVersion.gitVersion, minor: Number.parseInt(clientVersion.minor) }
  } catch {
    return undefined
  }
}

/** `v1.32.4-x` as numbers that compare. */
function orderOf({ version }: Kubectl): number {
  const [major = 0, minor = 0, patch = 0] = (version.match(/\d+/g) ?? []).map(Number)
  return (major * 1000 + minor) * 1000 + patch
}

/** Every kubectl at hand, the oldest first, each version once. */
export async function findKubectls(environment: KubectlEnvironment): Promise<readonly Kubectl[]> {
  const probed = await Promise.all(kubectlFiles(environment).map(probe))
  const byVersion = new Map<string, Kubectl>()
  for (const kubectl of probed) {
    if (kubectl !== undefined && !byVersion.has(kubectl.version))
      byVersion.set(kubectl.version, kubectl)
  }
  return [...byVersion.values()].toSorted((a, b) => orderOf(a) - orderOf(b))
}

/** Every kubectl at hand, the oldest first. */
export const kubectls: readonly Kubectl[] = await findKubectls(process.env)
if (kubectls.length === 0) {
  console.warn("kubectl is neither on the path nor named by KUBECTL: the tests that run it skip")
}

/** Every test runs on every version, not on the oldest and the newest alone. */
const isAll = process.env["KUBECTL_VERSIONS"] === "all"

/** The versions that the whole suite runs on, and those that walk through the commands once. */
const [whole, walking] = [
  kubectls.filter((_each, index) => isAll || index === 0 || index === kubectls.length - 1),
  kubectls.filter((_each, index) => !isAll && index > 0 && index < kubectls.length - 1),
]

/** One suite a version, next to each other; its own tests go one after the other. */
function describeEach(
  name: string,
  versions: readonly Kubectl[],
  body: (kubectl: Kubectl) => void,
): void {
  if (versions.length === 0) describe.skip(`${name}, with no kubectl`, () => undefined)
  for (const kubectl of versions) {
    describe.concurrent(`${name}, with kubectl`, () => {
      describe.sequential(kubectl.version, () => body(kubectl))
    })
  }
}

/** A suite of the oldest and the newest kubectl at hand, or of all (`KUBECTL_VERSIONS=all`). */
export function describeKubectls(name: string, body: (kubectl: Kubectl) => void): void {
  describeEach(name, whole, body)
}

/** A suite of the kubectls between the oldest and the newest. */
export function describeOtherKubectls(name: string, body: (kubectl: Kubectl) => void): void {
  describeEach(name, walking, body)
}
