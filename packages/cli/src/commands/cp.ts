import { existsSync, rmSync } from "node:fs"
import { join, relative, resolve, sep } from "node:path"
import {
  type Artifact,
  type ArtifactPlaces,
  fetchArtifact,
  type NodeStatus,
  type Workflow,
} from "@argo-ts/dag-engine"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { artifactDrivers } from "../workflows/artifact-drivers.js"
import { artifactsBelow } from "../workflows/execution.js"
import { type NodeFilterFlags, nodeFilter } from "../workflows/node-filter.js"
import { lookUp, type RunPlace } from "../workflows/place.js"
import { readWorkflows, surroundingsAmong } from "../workflows/submission.js"
import { workDirectory } from "../workflows/work.js"
import { findNode, type StoreFlag, withPlace } from "./runs.js"

/** Options of `cp`. */
export interface CpOptions extends StoreFlag, NodeFilterFlags {
  /** Where the run's steps worked. */
  readonly directory?: string
  readonly node?: string
  readonly artifactName?: string
  /** Where an artifact goes below the directory. */
  readonly path: string
  /** Replaces what is there. */
  readonly force?: true
  /** Secrets that artifacts are fetched with. */
  readonly with: readonly string[]
  readonly output: OutputFormat
}

interface Copy {
  readonly node: NodeStatus
  readonly artifact: Artifact
  readonly target: string
}

const placeholder = /\{(\w+)\}/g

/** `argo-ts cp NAME DIRECTORY`: the output artifacts of a run, as files. 0 where every one of them is there. */
export async function cp(
  name: string,
  directory: string,
  options: CpOptions,
  io: Io,
): Promise<ExitCode> {
  const root = resolve(io.cwd, directory)
  const isWanted = nodeFilter(options)
  const manifests = options.with.length === 0 ? [] : await readWorkflows(options.with, io)
  const { secret } = await surroundingsAmong(manifests)
  return withPlace(options, io, async (place) => {
    const workflow = await lookUp(place, name)
    const nodes =
      options.node === undefined ? nodesOf(workflow) : [findNode(workflow, options.node)]
    const copies = copiesOf(workflow, nodes.filter(isWanted), { root, options })
    refuseTaken(copies, options, io)
    const places = placesOf(place, options, { secret, io })
    let code: ExitCode = 0
    for (const copy of copies)
      if (!(await fetched(copy, workflow, places, { options, io }))) code = 1
    if (copies.length === 0) {
      throw new CliError("NotFound", noneOf(workflow), { exitCode: 1 })
    }
    return code
  })
}

function nodesOf({ status }: Workflow): readonly NodeStatus[] {
  return Object.values(status?.nodes ?? {})
}

function placesOf(
  place: RunPlace,
  options: CpOptions,
  {
    secret,
    io,
  }: { readonly secret: Parameters<typeof artifactDrivers>[0]["secret"]; readonly io: Io },
): ArtifactPlaces {
  const work = workDirectory(place, options.directory, io)
  if (work === undefined) {
    throw new CliError("InvalidOption", "--directory: expected where the steps of the run worked")
  }
  return {
    artifacts: artifactsBelow(work),
    artifactDrivers: artifactDrivers({ cacheDirectory: join(work, "git-cache"), secret }),
  }
}

/** What goes where; refuses a place outside, and two artifacts at one. */
function copiesOf(
  workflow: Workflow,
  nodes: readonly NodeStatus[],
  { root, options }: { readonly root: string; readonly options: CpOptions },
): readonly Copy[] {
  const { artifactName } = options
  const taken = new Map<string, Copy>()
  for (const node of nodes) {
    for (const artifact of node.outputs?.artifacts ?? []) {
      const isMeant = artifactName === undefined || artifact.name === artifactName
      if (!isMeant || artifact.deleted === true) continue
      const target = targetOf(workflow, { node, artifact }, { root, pattern: options.path })
      const other = taken.get(target)
      if (other !== undefined) {
        const found = `${other.node.name} and ${node.name}`
        const message = `--path: expected a place for each artifact, found one for ${found}: {nodeId} tells them apart`
        throw new CliError("InvalidOption", message)
      }
      taken.set(target, { node, artifact, target })
    }
  }
  return [...taken.values()]
}

function targetOf(
  { metadata }: Workflow,
  { node, artifact }: Pick<Copy, "node" | "artifact">,
  { root, pattern }: { readonly root: string; readonly pattern: string },
): string {
  const values = new Map([
    ["namespace", metadata.namespace ?? "default"],
    ["workflowName", metadata.name ?? ""],
    ["nodeId", node.id],
    ["nodeName", node.displayName],
    ["templateName", node.templateName ?? ""],
    ["artifactName", artifact.name],
  ])
  const path = pattern.replace(placeholder, (_, word: string) => {
    const value = values.get(word)
    if (value !== undefined) return asPart(value)
    const known = [...values.keys()].map((each) => `{${each}}`).join(", ")
    throw new CliError("InvalidOption", `--path: expected ${known}, found {${word}}`)
  })
  const target = resolve(root, path)
  const below = relative(root, target)
  if (below === "" || below === ".." || below.startsWith(`..${sep}`)) {
    const message = `--path: expected a place below the directory, found ${JSON.stringify(path)}`
    throw new CliError("InvalidOption", message)
  }
  return target
}

/** A value as one part of a path, whatever is in it. */
function asPart(value: string): string {
  const text = value.replace(/[/\\\0]/g, "_")
  return text === "" || text === "." || text === ".." ? "_" : text
}

function refuseTaken(copies: readonly Copy[], { force }: CpOptions, io: Io): void {
  const [taken] = copies.filter(({ target }) => existsSync(target))
  if (taken === undefined || force === true) return
  const shown = relative(io.cwd, taken.target)
  const message = `${shown}: expected nothing there yet (--force replaces it)`
  throw new CliError("FileExists", message, { exitCode: 1 })
}

async function fetched(
  { node, artifact, target }: Copy,
  workflow: Workflow,
  places: ArtifactPlaces,
  { options, io }: { readonly options: CpOptions; readonly io: Io },
): Promise<boolean> {
  rmSync(target, { recursive: true, force: true })
  const namespace = workflow.metadata.namespace ?? "default"
  const isThere = await fetchArtifact(places, { namespace }, artifact, target)
  const path = relative(io.cwd, target)
  if (options.output === "json") {
    const fact = { node: node.id, name: node.displayName, artifact: artifact.name, isThere }
    io.out(`${JSON.stringify({ ...fact, ...(isThere ? { path } : {}) })}\n`)
  } else if (isThere) io.out(`${artifact.name} of ${node.displayName}: ${path}\n`)
  else io.err(`${artifact.name} of ${node.displayName} is not there any more\n`)
  return isThere
}

function noneOf(workflow: Workflow): string {
  const all = nodesOf(workflow).flatMap(({ outputs }) => outputs?.artifacts ?? [])
  const names = [...new Set(all.map((artifact) => artifact.name))]
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`
  return `expected output artifacts of ${workflow.metadata.name ?? ""} (${known}), found none that is meant`
}
