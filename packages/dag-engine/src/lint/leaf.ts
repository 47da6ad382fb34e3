import { compileResourceCondition } from "@argo-ts/expr/labels"
import { type IssuePath, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { checkMetrics } from "./metrics.js"
import { firstOf, leafScope, open, type Scope } from "./scope.js"
import { checkTemplated, checkTexts } from "./texts.js"
import type { PlacedTemplate } from "./walk.js"
import { hasTag, report, type Unit, type World } from "./world.js"

/** Judges what a leaf template holds: its body's tags and the expressions of its kind. */
export function checkLeaf(
  world: World,
  unit: Unit,
  { path, template }: PlacedTemplate,
  options: { readonly globals: Scope; readonly isRetried: boolean },
): void {
  const scope = firstOf(leafScope(template, options.isRetried), options.globals)
  const { inputs: _inputs, outputs: _outputs, name: _name, retryStrategy, ...body } = template
  const { metrics, http, resource, data, ...rest } = body
  checkTexts(world, unit, { path, value: rest }, scope)
  checkMetrics(world, unit, { path: [...path, "metrics"], metrics, template }, options.globals)
  const { expression: _expression, ...retry } = retryStrategy ?? {}
  checkTexts(world, unit, { path: [...path, "retryStrategy"], value: retry }, options.globals)
  const { successCondition, ...request } = (http ?? {}) as JsonObject
  checkTexts(world, unit, { path: [...path, "http"], value: request }, scope)
  if (typeof successCondition === "string") {
    const at = [...path, "http", "successCondition"]
    checkTemplated(world, unit, { path: at, source: successCondition }, firstOf(httpScope(), scope))
  }
  checkTexts(world, unit, { path: [...path, "resource"], value: resource }, scope)
  for (const field of ["successCondition", "failureCondition"] as const) {
    checkCondition(world, unit, [...path, "resource", field], resource?.[field])
  }
  checkManifest(world, unit, [...path, "resource", "manifest"], resource?.manifest)
  if (data !== undefined)
    checkData(world, unit, { path: [...path, "data"], data: data as unknown as JsonObject }, scope)
}

/** A resource's conditions are label selectors over its fields. */
function checkCondition(world: World, unit: Unit, path: IssuePath, source: unknown): void {
  if (typeof source !== "string" || source.trim() === "") return
  // Whatever a tag stands for, it stands where a value may.
  const compiled = compileResourceCondition(source.replace(/\{\{.*?\}\}/gs, "1"))
  if (compiled.ok) return
  const message = compiled.issues[0]?.message ?? "invalid condition"
  report(world, unit, path, { code: "InvalidExpression", message })
}

/** A manifest without tags is what it will be. */
function checkManifest(
  world: World,
  unit: Unit,
  path: IssuePath,
  manifest: string | undefined,
): void {
  if (manifest === undefined || manifest === "" || hasTag(manifest)) return
  const parsed = parseManifests(manifest)
  const message = parsed.ok
    ? parsed.value.every(({ value }) => isJsonObject(value) || Array.isArray(value))
      ? undefined
      : "is no manifest: expected a mapping"
    : `is no YAML: ${parsed.issues[0]?.message ?? ""}`
  if (message !== undefined) report(world, unit, path, { code: "InvalidValue", message })
}

/** `request.…` and `response.…` of an http template's condition. */
function httpScope(): Scope {
  return ([root, field]) => {
    if (root === "request") return open
    if (root !== "response") return undefined
    if (field === undefined || field === "headers") return open
    if (field === "statusCode") return { is: "value", sample: 200 }
    if (field === "body") return { is: "value", sample: "{}" }
    return { is: "unknown", message: "a response has statusCode, body and headers" }
  }
}

function checkData(
  world: World,
  unit: Unit,
  { path, data }: { readonly path: IssuePath; readonly data: JsonObject },
  scope: Scope,
): void {
  checkTexts(world, unit, { path: [...path, "source"], value: data["source"] }, scope)
  const steps = data["transformation"]
  if (!Array.isArray(steps)) return
  const inData: Scope = ([root]) => (root === "data" ? { is: "value", sample: ["1"] } : undefined)
  for (const [index, step] of (steps as readonly unknown[]).entries()) {
    const source = (step as JsonObject | null)?.["expression"]
    if (typeof source !== "string") continue
    const at = [...path, "transformation", index, "expression"]
    checkTemplated(world, unit, { path: at, source }, firstOf(inData, scope))
  }
}
