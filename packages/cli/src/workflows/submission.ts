import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import type {
  ConfigMapSource,
  CronWorkflow,
  ReadSecret,
  RepositorySource,
  TemplateSource,
  Workflow,
  WorkflowSpec,
  WorkflowTemplate,
} from "@argo-ts/dag-engine"
import type { ConfigMap } from "@argo-ts/dag-engine/kubernetes"
import {
  type EpochMs,
  epochMs,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseInstant,
  recordOf,
} from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { lintAll } from "../commands/lint.js"
import { CliError, type Io } from "../io.js"
import {
  type FileIssue,
  formatFileIssue,
  placeIssue,
  toJsonIssue,
} from "../manifests/file-issue.js"
import { type Manifest, readManifests } from "../manifests/read.js"
import { type OverrideFlags, withOverrides } from "./overrides.js"

/** What is run, and the templates beside it. */
export interface Submission {
  /** Where issues of the manifest are placed. */
  readonly source: Manifest
  readonly manifest: JsonObject
  readonly findTemplate: TemplateSource
  readonly findConfigMap: ConfigMapSource
  readonly findRepository: RepositorySource
  /** How many a semaphore lets in, by the ConfigMaps beside the workflow. */
  readonly limitOf: (lock: string) => number | undefined
  /** Reads the Secrets beside the workflow. */
  readonly secret: ReadSecret
}

/** What a workflow finds beside it: among the files that are given. */
export type Surroundings = Pick<
  Submission,
  "findTemplate" | "findConfigMap" | "findRepository" | "limitOf" | "secret"
>

/** Templates, ConfigMaps and Secrets among manifests. */
export async function surroundingsAmong(manifests: readonly Manifest[]): Promise<Surroundings> {
  return {
    findTemplate: templatesAmong(manifests),
    findConfigMap: configMapsAmong(manifests),
    findRepository: await repositoriesAmong(manifests),
    limitOf: await limitsAmong(manifests),
    secret: secretsAmong(manifests),
  }
}

/** Values of `-p` and `--parameter-file`. */
export type Given = { readonly [name: string]: string }

const kinds: ReadonlySet<string> = new Set([
  "Workflow",
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
])

/** Answers a manifest that cannot run with everything that is wrong. */
export function refuse(lines: readonly string[], details: readonly object[]): never {
  throw new CliError("InvalidManifest", lines.join("\n"), { exitCode: 1, details })
}

/** Reads `-p name=value`; whatever the name, it is data. */
export function readParameters(texts: readonly string[], file: string | undefined, io: Io): Given {
  const given = texts.map((text) => {
    const at = text.indexOf("=")
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const
    throw new CliError("InvalidOption", `-p: expected name=value, found ${JSON.stringify(text)}`)
  })
  return recordOf([...(file === undefined ? [] : readParameterFile(file, io)), ...given])
}

function readParameterFile(file: string, io: Io): readonly (readonly [string, string])[] {
  const place = resolve(io.cwd, file)
  const say = (found: string): never => {
    throw new CliError("InvalidOption", `--parameter-file: expected ${found} in ${file}`)
  }
  if (!existsSync(place)) {
    throw new CliError(
      "FileNotFound",
      `--parameter-file: expected a file, found nothing at ${file}`,
    )
  }
  const parsed = parseManifests(readFileSync(place, "utf8"), { file })
  if (!parsed.ok)
    throw new CliError("InvalidYaml", parsed.issues[0]?.message ?? `${file}: broken YAML`)
  const value = parsed.value[0]?.value
  if (!isJsonObject(value)) return say("a mapping of names to values")
  return Object.keys(value).map((name) => {
    const each = value[name]
    // Upstream takes lists and mappings too, as their JSON.
    return [name, typeof each === "string" ? each : JSON.stringify(each ?? null)] as const
  })
}

/** The manifests of the paths; refuses everything that is wrong with any workflow or template among them. */
export async function readWorkflows(
  paths: readonly string[],
  io: Io,
): Promise<readonly Manifest[]> {
  const reading = readManifests(paths, io.cwd)
  const mine = reading.manifests.filter(({ value }) => kinds.has(value.kind))
  await checkManifests(mine, reading.issues)
  return reading.manifests
}

/** Refuses everything that is wrong with manifests, and what was found before. */
export async function checkManifests(
  manifests: readonly Manifest[],
  found: readonly FileIssue[] = [],
): Promise<void> {
  const judged = await lintAll(manifests)
  const issues = [...found, ...judged.filter(({ severity }) => severity === "error")]
  if (issues.length > 0) refuse(issues.map(formatFileIssue), issues.map(toJsonIssue))
}

/** Finds templates among manifests. */
function templatesAmong(manifests: readonly Manifest[]): TemplateSource {
  const templates = manifests.map(({ value }) => value as unknown as WorkflowTemplate)
  return ({ name, clusterScope }) => {
    const kind = clusterScope === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate"
    return templates.find((each) => String(each.kind) === kind && each.metadata.name === name)?.spec
  }
}

/** Finds ConfigMaps among manifests, for `valueFrom.configMapKeyRef`. */
function configMapsAmong(manifests: readonly Manifest[]): ConfigMapSource {
  const maps = manifests.map(({ value }) => value).filter(({ kind }) => kind === "ConfigMap")
  return (name) => {
    const data = maps.find(({ metadata }) => isJsonObject(metadata) && metadata["name"] === name)
    return data === undefined ? undefined : textsOf(data["data"])
  }
}

/** Finds artifact repositories among the ConfigMaps of manifests. */
async function repositoriesAmong(manifests: readonly Manifest[]): Promise<RepositorySource> {
  const maps = manifests.map(({ value }) => value).filter(({ kind }) => kind === "ConfigMap")
  if (maps.length === 0) return () => undefined
  const { artifactRepositories } = await import("@argo-ts/dag-engine/kubernetes")
  return artifactRepositories(maps as unknown as readonly ConfigMap[])
}

/** Finds the limits of semaphores among the ConfigMaps of manifests; one without a namespace serves every namespace. */
async function limitsAmong(
  manifests: readonly Manifest[],
): Promise<(lock: string) => number | undefined> {
  const maps = manifests.map(({ value }) => value).filter(({ kind }) => kind === "ConfigMap")
  if (maps.length === 0) return () => undefined
  const { semaphoreLimits } = await import("@argo-ts/dag-engine/kubernetes")
  const limits = new Map(
    (maps as unknown as readonly ConfigMap[]).flatMap((map) =>
      semaphoreLimits({ ...map, metadata: { namespace: "", ...map.metadata } }),
    ),
  )
  return (lock) => limits.get(lock) ?? limits.get(lock.slice(lock.indexOf("/")))
}

/** Reads Secrets among manifests, whatever their namespace. */
function secretsAmong(manifests: readonly Manifest[]): ReadSecret {
  const secrets = manifests.map(({ value }) => value).filter(({ kind }) => kind === "Secret")
  return async (_namespace, name, key) => {
    const found = secrets.find(
      ({ metadata }) => isJsonObject(metadata) && metadata["name"] === name,
    )
    if (found === undefined) return undefined
    const plain = textsOf(found["stringData"])
    if (Object.hasOwn(plain, key)) return plain[key]
    const data = textsOf(found["data"])
    const value = Object.hasOwn(data, key) ? data[key] : undefined
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8")
  }
}

function textsOf(data: JsonValue | undefined): { readonly [key: string]: string } {
  const entries = isJsonObject(data) ? Object.entries(data) : []
  return recordOf(entries.map(([key, value]) => [key, String(value)] as const))
}

/** `--from`, the instant that a run of a CronWorkflow stands for, and what is said over the manifest. */
export interface FromOptions extends OverrideFlags {
  readonly from?: string
  readonly scheduledTime?: string
}

/** The one Workflow of the paths, or what `--from kind/name` makes of a stored object among them. */
export async function readSubmission(
  paths: readonly string[],
  { from, scheduledTime, ...overrides }: FromOptions,
  io: Io,
): Promise<Submission> {
  const at =
    scheduledTime === undefined ? undefined : readInstant("--scheduled-time", scheduledTime)
  if (at !== undefined && from === undefined) {
    throw new CliError("InvalidOption", "--scheduled-time: expected --from cronwf/… beside it")
  }
  const manifests = await readWorkflows(paths, io)
  const surroundings = await surroundingsAmong(manifests)
  if (from !== undefined) {
    const { source, manifest } = await submissionFrom(manifests, { from, at, paths })
    return { source, manifest: withOverrides(manifest, overrides), ...surroundings }
  }
  const workflows = manifests.filter(({ value }) => value.kind === "Workflow")
  const [workflow] = workflows
  if (workflow === undefined || workflows.length > 1) {
    const found = workflows.length === 0 ? "none" : String(workflows.length)
    throw new CliError("NoWorkflow", `${paths.join(", ")}: expected one Workflow, found ${found}`)
  }
  const manifest = withOverrides(workflow.value, overrides)
  return { source: workflow, manifest, ...surroundings }
}

const aliases: { readonly [word: string]: string } = {
  cronwf: "CronWorkflow",
  cronworkflow: "CronWorkflow",
  cwf: "CronWorkflow",
  wftmpl: "WorkflowTemplate",
  workflowtemplate: "WorkflowTemplate",
  clusterwftmpl: "ClusterWorkflowTemplate",
  cwft: "ClusterWorkflowTemplate",
  clusterworkflowtemplate: "ClusterWorkflowTemplate",
}

/** Reads an instant that an option gives. */
export function readInstant(option: string, text: string): EpochMs {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  throw new CliError("InvalidOption", `${option}: ${instant.issues[0]?.message ?? "no instant"}`)
}

interface From {
  readonly from: string
  readonly at: EpochMs | undefined
  readonly paths: readonly string[]
}

async function submissionFrom(
  manifests: readonly Manifest[],
  { from, at, paths }: From,
): Promise<{ readonly source: Manifest; readonly manifest: JsonObject }> {
  const [word = "", name = ""] = from.split("/")
  const kind = Object.hasOwn(aliases, word.toLowerCase()) ? aliases[word.toLowerCase()] : undefined
  if (kind === undefined || name === "") {
    const message = `--from: expected cronwf/…, wftmpl/… or cwft/…, found ${JSON.stringify(from)}`
    throw new CliError("InvalidOption", message)
  }
  const source = manifests.find(({ value }) => value.kind === kind && nameOf(value) === name)
  if (source === undefined) {
    const message = `--from: expected the ${kind} "${name}" in ${paths.join(", ")}, found none`
    throw new CliError("NotFound", message)
  }
  const metadata = { generateName: `${name}-` }
  const head = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" }
  if (kind !== "CronWorkflow") {
    const clusterScope = kind === "ClusterWorkflowTemplate" ? { clusterScope: true } : {}
    const spec = { workflowTemplateRef: { name, ...clusterScope } }
    return { source, manifest: { ...head, metadata, spec } }
  }
  const { runOf } = await import("@argo-ts/dag-engine/cron")
  const cron = source.value as unknown as CronWorkflow
  const run = runOf(cron, at ?? epochMs(Date.now()))
  const { name: _name, ...more } = run.metadata
  const manifest = { ...run, metadata: { ...more, ...metadata } } as unknown as JsonObject
  return { source, manifest }
}

/** The name of an object; `""` where it has none. */
export function nameOf(value: JsonObject): string {
  const metadata = isJsonObject(value["metadata"]) ? value["metadata"] : {}
  return typeof metadata["name"] === "string" ? metadata["name"] : ""
}

/** Refuses parameters that the workflow does not declare, `__proto__` like any other. */
export function checkParameters(given: Given, { manifest, findTemplate }: Submission): void {
  const spec = (isJsonObject(manifest["spec"]) ? manifest["spec"] : {}) as Workflow["spec"]
  const ref = spec.workflowTemplateRef
  const referred: WorkflowSpec | undefined = ref === undefined ? undefined : findTemplate(ref)
  const declared = [spec, referred].flatMap((each) =>
    (each?.arguments?.parameters ?? []).map(({ name }) => name),
  )
  for (const name of Object.keys(given)) {
    if (declared.includes(name)) continue
    const known = declared.length === 0 ? "none" : declared.join(", ")
    throw new CliError(
      "UnknownParameter",
      `-p: expected a parameter of the workflow (${known}), found ${JSON.stringify(name)}`,
    )
  }
}

/** Answers what the engine refused about a submission, at its place in the file. */
export function refuseInvalid(
  { source }: Pick<Submission, "source">,
  issues: readonly Parameters<typeof placeIssue>[2][],
): never {
  const placed = issues.map((issue) =>
    placeIssue(source.file, source.document, { ...issue, path: pathIn(source, issue.path) }),
  )
  return refuse(placed.map(formatFileIssue), placed.map(toJsonIssue))
}

/** Where in an object the spec of the workflow stands that was made from it. */
function pathIn({ value }: Manifest, path: IssuePath): IssuePath {
  const [first, ...rest] = path
  return value.kind === "CronWorkflow" && first === "spec"
    ? ["spec", "workflowSpec", ...rest]
    : path
}
