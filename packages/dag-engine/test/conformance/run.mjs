// Holds upstream's manifests against this engine: what each comes to on virtual time, node by node, or why it is refused.
// Used by the tests and by `pnpm conformance`; what is expected lies beside this file.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  parseClusterWorkflowTemplate,
  parseOutcomes,
  parseWorkflow,
  parseWorkflowEventBinding,
  parseWorkflowTemplate,
} from "@argo-ts/dag-engine"
import { parseCronWorkflow, runOf } from "@argo-ts/dag-engine/cron"
import { configMapSource, simulateWorkflow, templateSource } from "@argo-ts/dag-engine/testing"
import { parseManifests } from "@argo-ts/kernel/yaml"

const here = fileURLToPath(new URL(".", import.meta.url))
const parsers = {
  Workflow: parseWorkflow,
  WorkflowTemplate: parseWorkflowTemplate,
  ClusterWorkflowTemplate: parseClusterWorkflowTemplate,
  CronWorkflow: parseCronWorkflow,
  WorkflowEventBinding: parseWorkflowEventBinding,
}
const limitMs = 400 * 86_400_000
/** Longer trees are kept as their number of nodes: nobody reads ten thousand lines. */
const linesMax = 400

function valuesOf(file) {
  const parsed = parseManifests(readFileSync(file, "utf8"), { file })
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message)
  return parsed.value.map(({ value }) => value)
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted()
}

/** What is known of the manifests: which end otherwise than in success, and which are refused. */
export function readExpectations() {
  const [{ ends, refused }] = valuesOf(join(here, "expectations.yaml"))
  return { ends, refused }
}

/** Every document of a kind of this engine below a folder, in the order of the files. */
export function readCases(folder) {
  const all = filesUnder(folder).flatMap((file) =>
    valuesOf(join(folder, file)).map((value, index) => ({ file, index, value })),
  )
  const others = [...all.map(({ value }) => value), ...valuesOf(join(here, "stand-ins.yaml"))]
  const mine = all.filter(({ value }) => Object.hasOwn(parsers, value?.kind ?? ""))
  return { cases: mine.map((each) => ({ ...each, name: nameOf(each) })), others }
}

function nameOf({ file, index }) {
  return index === 0 ? file : `${file}#${index + 1}`
}

/** The steps' ends: what the manifest's own commands do, where that is not to succeed with nothing printed. */
function outcomesOf(file) {
  const place = join(here, "outcomes", file)
  if (!existsSync(place)) return []
  const rules = parseOutcomes(valuesOf(place)[0])
  if (!rules.ok) throw new Error(`${place}: ${rules.issues[0]?.message}`)
  return rules.value
}

/** Judges one document: `{ refused }` with the first issue, `{ tree }` of its run, or nothing for what only is stored. */
export async function judge({ file, value }, others) {
  const parsed = parsers[value.kind](value)
  if (!parsed.ok) {
    const [issue] = parsed.issues
    return { refused: `${issue.code} ${issue.path.join(".")}: ${issue.message}` }
  }
  if (value.kind !== "Workflow" && value.kind !== "CronWorkflow") return {}
  const manifest = value.kind === "CronWorkflow" ? runOf(parsed.value, 0) : value
  const workflow = await simulateWorkflow(manifest, {
    outcomes: outcomesOf(file),
    resume: true,
    limitMs,
    findTemplate: templateSource(others),
    findConfigMap: configMapSource(others),
  })
  return { phase: phaseOf(workflow), tree: treeOf(workflow) }
}

function phaseOf({ status }) {
  return status.finishedAt === undefined ? `still ${status.phase}` : status.phase
}

/** The nodes in the order in which they came, without what depends on the time or the generated name. */
function treeOf(workflow) {
  const { metadata, status } = workflow
  const nodes = Object.values(status.nodes ?? {})
  const short = (text) => text.replace(metadata.name, "@")
  const names = new Map(nodes.map(({ id, name }) => [id, short(name)]))
  const told = (message) => {
    let text = message
    for (const [id, name] of names) text = text.replaceAll(`'${id}'`, `'${name}'`)
    return text.replaceAll(metadata.name, "@").replaceAll("\n", " ")
  }
  const head = [phaseOf(workflow), status.progress, status.message && told(status.message)]
  const lines = [head.filter(Boolean).join(" | ")]
  for (const node of nodes) {
    const { name, type, phase, boundaryID, children = [], message } = node
    const template = node.templateName ?? node.templateRef?.template ?? ""
    const flags = Object.keys(node.nodeFlag ?? {}).filter((flag) => node.nodeFlag[flag])
    const parts = [
      short(name).replaceAll("\n", " "),
      [type, template, phase, ...flags].filter(Boolean).join(" "),
      boundaryID && `in ${names.get(boundaryID)}`,
      children.length > 0 && `-> ${children.map((id) => names.get(id)).join(", ")}`,
      message && told(message),
    ]
    lines.push(parts.filter(Boolean).join(" | "))
  }
  if (lines.length > linesMax) lines.splice(1, lines.length, `${lines.length - 1} nodes`)
  return `${lines.join("\n")}\n`
}

function treeFile(name) {
  return join(
    here,
    "trees",
    name
      .replace(/\.ya?ml/, "")
      .replace("#", "-")
      .concat(".txt"),
  )
}

/** The tree that is expected of a document; undefined where there is none. */
export function expectedTree(name) {
  const place = treeFile(name)
  return existsSync(place) ? readFileSync(place, "utf8") : undefined
}

/** Keeps a tree as the one that is expected; whoever does that has read it. */
export function keepTree(name, tree) {
  const place = treeFile(name)
  mkdirSync(dirname(place), { recursive: true })
  writeFileSync(place, tree)
}

/** Says what is wrong about a verdict; undefined where all is as expected. */
export function differenceOf({ name }, { refused, phase, tree }, expectations) {
  const refusal = expectations.refused.find(({ file }) => file === name)
  if (refused !== undefined) {
    if (refusal === undefined) return `is refused: ${refused}`
    return refused.includes(refusal.with) ? undefined : `is refused for another reason: ${refused}`
  }
  if (refusal !== undefined) return `is not refused: ${refusal.with}`
  if (tree === undefined) return undefined
  const end = expectations.ends.find(({ file }) => file === name)?.phase ?? "Succeeded"
  if (phase !== end) return `ended as ${phase}, expected ${end}\n${tree}`
  const expected = expectedTree(name)
  if (expected === undefined) return `has no expected tree; this is its own:\n${tree}`
  return expected === tree ? undefined : `expected\n${expected}found\n${tree}`
}
