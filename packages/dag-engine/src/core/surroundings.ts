import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import { frameOf } from "./bodies.js"
import type { CompiledTemplate } from "./compile-types.js"
import { compileJson, type JsonText } from "./json-text.js"
import type { NodeRecord } from "./node.js"
import type { Run } from "./run.js"
import { isLenient, nodePlace, type Place, runPlace, scopeOf } from "./scope.js"

/** What executors of pods need to know besides a leaf's own template. */
export interface LeafSurroundings {
  /** True where somebody may ask for `outputs.result`. */
  readonly isResultWanted: boolean
  /** Machines on which earlier attempts ran, where the next one is to run elsewhere. */
  readonly avoidHosts: readonly string[]
  /** True where the leaf belongs to an exit handler. */
  readonly isExitHandler: boolean
  /** Where the steps or dag template around it wants its pods, as far as the leaf's own template says nothing. */
  readonly scheduling: Scheduling
}

/** What a template says about the machines that its pods may run on. */
export type Scheduling = Pick<Template, "nodeSelector" | "affinity" | "tolerations">

/** Gives the spec that runs: once for all, and for a leaf of its own where it speaks of the leaf's inputs or pod. */
export function specOf(run: Run): (id?: string) => WorkflowSpec {
  let text: JsonText | undefined
  let common: WorkflowSpec | undefined
  return (id) => {
    if (text === undefined) {
      const {
        templates: _templates,
        templateDefaults: _defaults,
        hooks: _hooks,
        ...rest
      } = run.spec
      text = compileJson(rest as unknown as JsonValue)
    }
    const node = id === undefined || !text.names.some(isOfLeaf) ? undefined : run.byId.get(id)
    if (node !== undefined) return renderedSpec(run, text, nodePlace(node))
    common ??= renderedSpec(run, text, runPlace)
    return common
  }
}

function isOfLeaf(name: string): boolean {
  return name === "pod.name" || name.startsWith("inputs.")
}

/** Its claims are among the volumes. */
function renderedSpec(run: Run, text: JsonText, place: Place): WorkflowSpec {
  const rendered = text.render(scopeOf(run, place), isLenient)
  const spec = rendered.ok ? (rendered.value as unknown as WorkflowSpec) : run.spec
  const { claims = [] } = run
  return claims.length === 0 ? spec : { ...spec, volumes: [...claims, ...(spec.volumes ?? [])] }
}

/** The surroundings of a leaf. */
export function surroundingsOf(run: Run, id: string): LeafSurroundings {
  const node = run.byId.get(id)
  if (node === undefined) {
    return { isResultWanted: true, avoidHosts: [], isExitHandler: false, scheduling: {} }
  }
  return {
    isResultWanted: isResultWanted(node),
    avoidHosts: hostsToAvoid(node),
    isExitHandler: node.isExit,
    scheduling: frameOf(node)?.template.source ?? {},
  }
}

/** Steps and tasks whose results a body's template names, found once for each template. */
const namedResults = new WeakMap<CompiledTemplate, ReadonlySet<string>>()
const reference =
  /(?:steps|tasks)(?:\.([\w-]+)|\[\\?["']([\w-]+)\\?["']\])\.outputs(?:\.result|\[\\?["']result)/g

function resultsNamedIn(template: CompiledTemplate): ReadonlySet<string> {
  const known = namedResults.get(template)
  if (known !== undefined) return known
  const names = new Set<string>()
  for (const [, dotted, quoted] of JSON.stringify(template.source).matchAll(reference)) {
    names.add(dotted ?? quoted ?? "")
  }
  namedResults.set(template, names)
  return names
}

function isResultWanted(node: NodeRecord): boolean {
  const frame = frameOf(node)
  if (frame === undefined) return false
  const named = resultsNamedIn(frame.template)
  let { owner } = node
  let at = node
  while (owner?.kind === "attempts" || owner?.kind === "hooked") {
    at = owner.node
    owner = at.owner
  }
  const slot = owner?.kind === "loop" ? owner.slot : at.slot
  return named.has(frame.template.units[slot]?.name ?? "")
}

function hostsToAvoid({ owner }: NodeRecord): readonly string[] {
  if (owner?.kind !== "attempts") return []
  const { affinity } = owner.template.source.retryStrategy ?? {}
  if (!isJsonObject(affinity) || affinity["nodeAntiAffinity"] === undefined) return []
  const hosts = owner.list.map(({ extras }) => extras?.hostNodeName ?? "")
  return [...new Set(hosts.filter((host) => host !== ""))]
}
