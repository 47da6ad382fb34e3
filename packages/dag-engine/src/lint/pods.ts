import { type IssuePath, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import type { PlacedTemplate } from "./walk.js"
import { hintOf, report, type Unit, type World } from "./world.js"

/** What an API server would refuse about the pods of a workflow. */
export function checkPodFields(world: World, unit: Unit): void {
  const { spec, at } = unit
  checkSelector(world, unit, [...at, "podGC", "labelSelector"], spec.podGC?.["labelSelector"])
  checkResources(world, unit, [...at, "podResources"], spec.podResources)
}

/** The same for one template. */
export function checkTemplatePods(
  world: World,
  unit: Unit,
  { path, template }: PlacedTemplate,
): void {
  checkResources(world, unit, [...path, "podResources"], template.podResources)
  const claims = new Set(
    (template.resourceClaims ?? unit.spec.resourceClaims ?? []).map(({ name }) => String(name)),
  )
  for (const { at, resources } of containersOf(template)) {
    const used = isJsonObject(resources) ? resources["claims"] : undefined
    if (!Array.isArray(used)) continue
    for (const [index, claim] of (used as readonly unknown[]).entries()) {
      const name = isJsonObject(claim) ? String(claim["name"]) : ""
      if (claims.has(name)) continue
      const message = `there is no resource claim "${name}" in resourceClaims`
      const place = [...path, ...at, "resources", "claims", index, "name"]
      report(world, unit, place, { code: "InvalidValue", message, hint: hintOf(name, claims) })
    }
  }
}

interface PlacedContainer {
  readonly at: IssuePath
  readonly resources: unknown
}

function containersOf(template: Template): readonly PlacedContainer[] {
  const found: PlacedContainer[] = []
  for (const kind of ["container", "script"] as const) {
    const container = template[kind]
    if (container !== undefined) found.push({ at: [kind], resources: container.resources })
  }
  const lists = {
    initContainers: template.initContainers,
    sidecars: template.sidecars,
  }
  for (const kind of ["initContainers", "sidecars"] as const) {
    for (const [index, { resources }] of (lists[kind] ?? []).entries()) {
      found.push({ at: [kind, index], resources })
    }
  }
  for (const [index, { resources }] of (template.containerSet?.containers ?? []).entries()) {
    found.push({ at: ["containerSet", "containers", index], resources })
  }
  return found
}

/** A pod as a whole asks for CPU, memory and huge pages only. */
function checkResources(
  world: World,
  unit: Unit,
  path: IssuePath,
  resources: JsonObject | undefined,
): void {
  if (resources === undefined) return
  if (resources["claims"] !== undefined) {
    const message = "a pod as a whole makes no claims: its containers do"
    report(world, unit, [...path, "claims"], { code: "InvalidValue", message })
  }
  for (const kind of ["limits", "requests"]) {
    const amounts = resources[kind]
    if (!isJsonObject(amounts)) continue
    for (const name of Object.keys(amounts)) {
      if (name === "cpu" || name === "memory" || name.startsWith("hugepages-")) continue
      const message = `a pod as a whole has cpu, memory and hugepages-… only, found "${name}"`
      const hint = hintOf(name, ["cpu", "memory"])
      report(world, unit, [...path, kind, name], { code: "InvalidValue", message, hint })
    }
  }
}

const operators = ["In", "NotIn", "Exists", "DoesNotExist"]

function checkSelector(world: World, unit: Unit, path: IssuePath, selector: unknown): void {
  const lines = isJsonObject(selector) ? selector["matchExpressions"] : undefined
  if (!Array.isArray(lines)) return
  for (const [index, line] of (lines as readonly unknown[]).entries()) {
    if (!isJsonObject(line)) continue
    const at = [...path, "matchExpressions", index]
    const operator = String(line["operator"])
    if (!operators.includes(operator)) {
      const message = `is one of ${operators.join(", ")}, found ${JSON.stringify(line["operator"])}`
      const hint = hintOf(operator, operators)
      report(world, unit, [...at, "operator"], { code: "InvalidValue", message, hint })
      continue
    }
    const count = Array.isArray(line["values"]) ? line["values"].length : 0
    if (operator.endsWith("In") === count > 0) continue
    const message = operator.endsWith("In")
      ? `${operator} needs values`
      : `${operator} has no values`
    report(world, unit, [...at, "values"], { code: "InvalidValue", message })
  }
}
