import {
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@argo-ts/kernel"

/** A manifest in the form of Argo Workflows 4. */
export interface Converted {
  readonly manifest: JsonObject
  /** Where the manifest had a former form. */
  readonly changes: readonly IssuePath[]
  /** What has no other form. */
  readonly issues: readonly Issue[]
}

interface Finding {
  readonly changes: IssuePath[]
  readonly issues: Issue[]
}

/**
 * Writes what version 4 took away the way it is written now: `schedule`, and `mutex` and `semaphore` wherever a
 * `synchronization` stands. Nothing else is touched.
 */
export function convertManifest(manifest: JsonObject): Converted {
  const found: Finding = { changes: [], issues: [] }
  const { kind } = manifest
  const isCron = kind === "CronWorkflow"
  const isWorkflow = ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"].includes(
    String(kind),
  )
  const spec = manifest["spec"]
  if (!isJsonObject(spec) || !(isCron || isWorkflow)) return { manifest, ...found }
  const next = isCron ? cronSpec(spec, found) : workflowSpec(spec, ["spec"], found)
  return { manifest: { ...manifest, spec: next }, ...found }
}

function cronSpec(spec: JsonObject, found: Finding): JsonObject {
  const scheduled = listed(spec, { from: "schedule", to: "schedules", path: ["spec"] }, found)
  return mapped(scheduled, "workflowSpec", (inner) =>
    isJsonObject(inner) ? workflowSpec(inner, ["spec", "workflowSpec"], found) : inner,
  )
}

function workflowSpec(spec: JsonObject, path: IssuePath, found: Finding): JsonObject {
  if (Object.hasOwn(spec, "podPriority")) {
    found.issues.push({
      code: "UnsupportedField",
      path: [...path, "podPriority"],
      message: "has no other form in version 4",
      hint: "name a PriorityClass in podPriorityClassName",
    })
  }
  const own = synchronized(spec, path, found)
  const defaults = mapped(own, "templateDefaults", (value) =>
    template(value, [...path, "templateDefaults"], found),
  )
  return mapped(defaults, "templates", (templates) =>
    each(templates, (value, index) => template(value, [...path, "templates", index], found)),
  )
}

function template(value: JsonValue, path: IssuePath, found: Finding): JsonValue {
  if (!isJsonObject(value)) return value
  const own = synchronized(value, path, found)
  const call = (inner: JsonValue, at: IssuePath): JsonValue =>
    isJsonObject(inner)
      ? mapped(inner, "inline", (inline) => template(inline, [...at, "inline"], found))
      : inner
  const steps = mapped(own, "steps", (groups) =>
    each(groups, (group, outer) =>
      each(group, (step, index) => call(step, [...path, "steps", outer, index])),
    ),
  )
  return mapped(steps, "dag", (dag) =>
    isJsonObject(dag)
      ? mapped(dag, "tasks", (tasks) =>
          each(tasks, (task, index) => call(task, [...path, "dag", "tasks", index])),
        )
      : dag,
  )
}

function synchronized(holder: JsonObject, path: IssuePath, found: Finding): JsonObject {
  return mapped(holder, "synchronization", (value) => {
    if (!isJsonObject(value)) return value
    const at = [...path, "synchronization"]
    const semaphores = listed(value, { from: "semaphore", to: "semaphores", path: at }, found)
    return listed(semaphores, { from: "mutex", to: "mutexes", path: at }, found)
  })
}

/** One value under its former name becomes the first of a list, in its place. */
function listed(
  holder: JsonObject,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: IssuePath },
  { changes }: Finding,
): JsonObject {
  const value = holder[from]
  if (!Object.hasOwn(holder, from) || value === undefined) return holder
  changes.push([...path, from])
  const others = Array.isArray(holder[to]) ? holder[to] : []
  const isThere = others.some((other) => JSON.stringify(other) === JSON.stringify(value))
  // What is null or empty was never set.
  const isSet = value !== null && value !== ""
  const list = isThere || !isSet ? others : [value, ...others]
  const fields = Object.entries(holder).filter(([name]) => name !== to)
  return fromEntries(
    fields.flatMap(([name, each]) => {
      if (name !== from) return [[name, each] as const]
      return list.length === 0 ? [] : [[to, list] as const]
    }),
  )
}

function mapped(
  holder: JsonObject,
  field: string,
  map: (value: JsonValue) => JsonValue,
): JsonObject {
  if (!Object.hasOwn(holder, field)) return holder
  return fromEntries(
    Object.entries(holder).map(
      ([name, value]) => [name, name === field ? map(value) : value] as const,
    ),
  )
}

function each(value: JsonValue, map: (item: JsonValue, index: number) => JsonValue): JsonValue {
  return Array.isArray(value) ? value.map(map) : value
}

function fromEntries(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(entries) as JsonObject
}
