import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import { resultFault } from "./compatibility.js"
import { scalarText } from "./compile-call.js"
import type { Loop } from "./frame.js"
import { compact, escapeHtml, marshal } from "./go-json.js"
import { inKeyOrder } from "./loops.js"
import type { NodeRecord } from "./node.js"

/** Instances that succeeded with outputs, by index. Failed items are simply absent, as upstream has it. */
function succeeded(loop: Loop): NodeRecord[] {
  return loop.nodes.filter(
    (node): node is NodeRecord => node?.phase === "Succeeded" && node.outputs !== undefined,
  )
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

/** Maps are written by their sorted keys, as upstream writes them. */
function listText(values: readonly JsonValue[]): string {
  return marshal(values.map(inKeyOrder))
}

/** `outputs.result` of a loop: a JSON list of the results, each as it was written. */
export function aggregateResult(loop: Loop): string {
  const results: string[] = []
  for (const node of succeeded(loop)) {
    const result = node.outputs?.result
    if (result === undefined) continue
    // Differs from Argo: text that is no JSON is a string, not an error (spec §2.26, 13).
    const isJson = resultFault(result) === undefined
    results.push(isJson ? compact(result) : JSON.stringify(result))
  }
  return escapeHtml(`[${results.join(",")}]`)
}

/** Why upstream has no `outputs.result` for a loop: one of its results is no JSON. */
export function aggregateFault(loop: Loop): string | undefined {
  for (const node of succeeded(loop)) {
    const fault = node.outputs?.result === undefined ? undefined : resultFault(node.outputs.result)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** `outputs.parameters` of a loop: a JSON list of maps. */
export function aggregateParameters(loop: Loop): string {
  const maps = succeeded(loop).map((node) => {
    const map = Object.create(null) as { [name: string]: string }
    for (const parameter of node.outputs?.parameters ?? []) {
      if (parameter.value !== undefined) map[parameter.name] = scalarText(parameter.value)
    }
    return map
  })
  return listText(maps.filter((map) => Object.keys(map).length > 0))
}

/** `outputs.parameters.<name>` of a loop: a JSON list, parsed only where every element is an object or list. */
export function aggregateParameter(loop: Loop, name: string): string | undefined {
  const texts: string[] = []
  for (const node of succeeded(loop)) {
    const found = node.outputs?.parameters?.find((parameter) => parameter.name === name)
    if (found?.value !== undefined) texts.push(scalarText(found.value))
  }
  const values = texts.map(parse)
  const isDeep = values.every((value) => isJsonObject(value) || Array.isArray(value))
  return listText(isDeep ? values : texts)
}
