import type { DagTask, WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import { type End, graphOf, isLooped, type Reaches, reachesOf } from "./presence.js"
import { nodePhases, open, type Scope, type Sight, unknown } from "./scope.js"
import type { PlacedStep } from "./walk.js"
import { hintOf, targetOf, type Unit, type World } from "./world.js"

/** The units of a steps or dag template, as others see them. */
export interface Body {
  readonly world: World
  readonly unit: Unit
  readonly template: Template
  readonly root: "steps" | "tasks"
  readonly steps: ReadonlyMap<string, PlacedStep>
  readonly reaches: Reaches
}

/** Reads a steps or dag template. */
export function bodyOf(
  world: World,
  unit: Unit,
  template: Template,
  steps: readonly PlacedStep[],
): Body {
  const isDaemon = (task: DagTask): boolean => targetOf(world, unit, task)?.template.daemon === true
  const tasks = template.dag === undefined ? [] : steps.map(({ step }) => step)
  return {
    world,
    unit,
    template,
    root: template.dag === undefined ? "steps" : "tasks",
    steps: new Map(steps.map((placed) => [placed.step.name, placed])),
    reaches: reachesOf(graphOf(tasks, isDaemon)),
  }
}

const fields = [
  "id",
  "startedAt",
  "finishedAt",
  "ip",
  "status",
  "hostNodeName",
  "exitCode",
  "outputs",
  "name",
]

/** Who asks: a step sees what comes before it, outputs and handlers see what ran. */
export interface Asker {
  /** `undefined`: outputs of the template, which see all. */
  readonly step: WorkflowStep | undefined
  /** A hook sees its own step too. */
  readonly isHook: boolean
  /** What the asker tests before it looks: its `when` or the expression itself. */
  readonly guard: string
}

/** `steps.…` or `tasks.…`. */
export function bodyScope(body: Body, asker: Asker): Scope {
  return (path) => {
    const [root, name, field, kind, item, rest] = path
    if (root !== "steps" && root !== "tasks") return undefined
    if (root !== body.root) {
      return unknown(
        `a ${body.root === "steps" ? "steps" : "dag"} template has ${body.root}, not ${root}`,
      )
    }
    if (name === undefined || (name === "name" && field === undefined)) return open
    const placed = body.steps.get(name)
    if (placed === undefined) {
      return unknown(`there is no ${noun(body)} "${name}"`, hintOf(name, body.steps.keys()))
    }
    const ends = endsSeen(body, asker, placed)
    if (typeof ends === "string") {
      const isStatus = field === "status" && isSibling(body, asker, placed)
      return isStatus ? status : unknown(ends)
    }
    if (field === undefined) return open
    if (!fields.includes(field)) {
      return unknown(`${root}.${name} has no "${field}"`, hintOf(field, fields))
    }
    if (field === "status") return status
    if (field !== "outputs") return { is: "value", sample: "1" }
    if (kind === undefined) return open
    const output = outputSight(body, placed, [kind, item, rest])
    if (output.is !== "value") return output
    const absent = isGuarded(asker, placed.step)
      ? undefined
      : absence(body, asker, { step: placed.step, ends, kind, item })
    return absent === undefined ? output : { ...output, absent }
  }
}

const status: Sight = { is: "value", sample: "Succeeded", phases: nodePhases }

/** The hooks of a step see how those before it in its group stand. */
function isSibling(body: Body, { step, isHook }: Asker, of: PlacedStep): boolean {
  const own = step === undefined ? undefined : body.steps.get(step.name)
  if (!isHook || own === undefined || body.root !== "steps" || isLooped(of.step)) return false
  return of.group === own.group && Number(of.path.at(-1)) < Number(own.path.at(-1))
}

function noun(body: Body): string {
  return body.root === "steps" ? "step" : "task"
}

/** The ends that a step may have had when the asker looks; a text where it does not see it. */
function endsSeen(body: Body, asker: Asker, of: PlacedStep): ReadonlySet<End> | string {
  const { step } = asker
  const { step: other } = of
  if (step?.name === other.name && asker.isHook)
    return new Set<End>(["Succeeded", "Failed", "Errored"])
  if (body.root === "tasks") {
    if (step === undefined) return endsOfDone(other)
    const ends = body.reaches.endsBefore(step.name, other.name)
    return ends ?? `"${step.name}" does not depend on "${other.name}" (missing dependency)`
  }
  if (step === undefined) return endsOfDone(other)
  const group = body.steps.get(step.name)?.group ?? 0
  return of.group < group ? endsOfDone(other) : `"${other.name}" is not in an earlier group`
}

/** What a step of a body that went on may have ended as. */
function endsOfDone(step: WorkflowStep): ReadonlySet<End> {
  const ends = new Set<End>(["Succeeded"])
  if ((step.when ?? "") !== "") ends.add("Skipped")
  if (step.continueOn?.failed === true) ends.add("Failed")
  if (step.continueOn?.error === true) ends.add("Errored")
  return ends
}

function outputSight(
  body: Body,
  { step }: PlacedStep,
  [kind, item, rest]: readonly (string | undefined)[],
): Sight {
  const kinds = ["result", "parameters", "artifacts"]
  if (kind === undefined || !kinds.includes(kind)) {
    const isCode = kind === "exitCode"
    const hint = isCode ? `it is ${body.root}.${step.name}.exitCode` : hintOf(kind ?? "", kinds)
    return unknown(`outputs have ${kinds.join(", ")}`, hint)
  }
  if (kind === "result") return { is: "value", sample: "1" }
  if (item === undefined) return { is: "value", sample: "1" }
  const target = targetOf(body.world, body.unit, step)
  if (target === undefined || target.template.resource !== undefined) {
    return { is: "value", sample: "1" }
  }
  const outputs = target.template.outputs
  const list = (kind === "parameters" ? outputs?.parameters : outputs?.artifacts) ?? []
  const declared = list.map(({ name }) => name)
  if (!declared.includes(item)) {
    const owner = target.template.name ?? "the inline template"
    return unknown(`"${owner}" declares no output of that name`, hintOf(item, declared))
  }
  if (kind === "parameters" && rest !== undefined && !isLooped(step)) {
    return unknown(`the parameter "${item}" is a text without fields`)
  }
  return { is: "value", sample: "1" }
}

/** True where the asker looks only after it tested the step, or runs only where the step does. */
function isGuarded(asker: Asker, step: WorkflowStep): boolean {
  const when = asker.step?.when?.trim() ?? ""
  if (when !== "" && when === step.when?.trim()) return true
  const name = step.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const test = new RegExp(`(steps|tasks)(\\.${name}|\\[['"]${name}['"]\\])\\.status`, "u")
  return test.test(asker.guard) || test.test(when)
}

/** An output, and how its step may have ended. */
interface Wanted {
  readonly step: WorkflowStep
  readonly ends: ReadonlySet<End>
  readonly kind: string
  readonly item: string | undefined
}

/** The path on which an output is absent; `undefined` where there is none. */
function absence(body: Body, asker: Asker, { step, ends, kind, item }: Wanted): string | undefined {
  if (isLooped(step)) return undefined
  const target = targetOf(body.world, body.unit, step)
  const outputs = target?.template.outputs
  const declared =
    kind === "parameters" ? outputs?.parameters?.find(({ name }) => name === item) : undefined
  if (declared?.valueFrom?.default !== undefined || declared?.default !== undefined)
    return undefined
  const artifact =
    kind === "artifacts" ? outputs?.artifacts?.find(({ name }) => name === item) : undefined
  if (artifact?.optional === true) return undefined
  const follower = asker.step === undefined ? "the template's outputs" : `"${asker.step.name}"`
  const follows = asker.step === undefined ? "are still made" : "still runs"
  const name = `the ${noun(body)} "${step.name}"`
  if (ends.has("Skipped") && (step.when ?? "") !== "") {
    return `${name} is skipped where its when does not hold (${short(step.when ?? "")}), and ${follower} ${follows}`
  }
  if (ends.has("Omitted")) {
    return `${name} is omitted where its depends does not hold, and ${follower} ${follows}`
  }
  // What a step printed is kept when it fails; files may not have been written.
  if (kind === "result") return undefined
  const isBad = ends.has("Failed") || ends.has("Errored")
  if (isBad && !asker.isHook)
    return `${name} may have failed before it wrote them, and ${follower} ${follows}`
  return undefined
}

function short(text: string): string {
  const line = text.trim().replace(/\s+/g, " ")
  return line.length > 60 ? `${line.slice(0, 57)}…` : line
}
