import { type Issue, isJsonObject, type JsonValue, type UntypedObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { checkObject } from "../core/targets.js"

/** What one file says, or what is wrong with it. */
export interface Rendered {
  readonly objects: readonly UntypedObject[]
  readonly issues: readonly Issue[]
}

const skipMarker = "# +argocd:skip-file-rendering"

/** A `kind: List` stands for its items, lists of lists too; null items are dropped. */
function unfold(value: JsonValue): readonly JsonValue[] {
  const found: JsonValue[] = []
  const queue: JsonValue[] = [value]
  for (let at = 0; at < queue.length; at++) {
    const one = queue[at] as JsonValue
    const isList =
      isJsonObject(one) && String(one["kind"]).endsWith("List") && Object.hasOwn(one, "items")
    const items = isList ? one["items"] : undefined
    if (Array.isArray(items)) queue.push(...items.filter((item) => item !== null))
    else if (!isList) found.push(one)
    else if (items !== null) found.push(one)
  }
  return found
}

/**
 * True where a text that cannot be read was meant to be a manifest (spec/gitops §1.2.1). Differs from Argo: one of
 * the three words is enough, for an ignored manifest would be pruned.
 */
function isMeant(text: string): boolean {
  return ["apiVersion:", "kind:", "metadata:"].some((word) => text.includes(word))
}

/** True for a document that is no manifest and does not try to be one: values, settings. */
function isForeign(value: JsonValue): boolean {
  return isJsonObject(value) && !Object.hasOwn(value, "apiVersion") && !Object.hasOwn(value, "kind")
}

/**
 * The objects of a file. A file that carries the skip marker says nothing; one that cannot be read counts only where
 * it was meant to be a manifest. Issues name file and line.
 */
export function readDocuments(text: string, file: string): Rendered {
  if (text.includes(skipMarker)) return { objects: [], issues: [] }
  const parsed = parseManifests(text, { file })
  if (!parsed.ok) {
    const isJson = file.endsWith(".json")
    return { objects: [], issues: isJson || isMeant(text) ? parsed.issues : [] }
  }
  const objects: UntypedObject[] = []
  const issues: Issue[] = []
  for (const document of parsed.value) {
    for (const value of unfold(document.value)) {
      if (isForeign(value)) continue
      const found = checkObject(value).map((issue) => {
        const at = [...issue.path].join(".")
        const place = `${file}:${document.line}`
        return { ...issue, message: `${place}: ${at === "" ? "" : `${at} `}${issue.message}` }
      })
      issues.push(...found)
      if (found.length === 0) objects.push(value as unknown as UntypedObject)
    }
  }
  return { objects, issues }
}
