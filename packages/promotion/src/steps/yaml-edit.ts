import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { Document, isMap, isScalar, isSeq, type Node, parseAllDocuments, Scalar } from "yaml"

/**
 * `a.b\.c.0` → keys, blanks around it dropped; `\.` and `\:` stand for themselves, a leading `:` forces a map key. Any
 * other escape, an empty part and a `:` elsewhere are errors, as upstream.
 */
export function splitKey(key: string): Result<readonly string[]> {
  const parts: string[] = []
  let part = ""
  let isMapKey = false
  const letters = [...key.trim(), "."]
  for (let index = 0; index < letters.length; index++) {
    const letter = letters[index] ?? ""
    const next = letters[index + 1]
    if (letter === "\\") {
      if ((next !== "." && next !== ":") || index + 2 >= letters.length)
        return refused(`the key path ${key} escapes what needs no escape`)
      part += next
      index++
    } else if (letter === ":") {
      if (part !== "" || isMapKey) return refused(`the key path ${key} has a colon inside a part`)
      isMapKey = true
    } else if (letter === ".") {
      if (part === "") return refused(`the key path ${key} has an empty part`)
      parts.push(part)
      part = ""
      isMapKey = false
    } else part += letter
  }
  return ok(parts)
}

function refused(message: string): Result<never> {
  return failed([{ code: "InvalidValue", path: [], message }])
}

function childOf(node: unknown, part: string): unknown {
  if (isSeq(node)) return /^\d+$/.test(part) ? node.items[Number(part)] : undefined
  if (!isMap(node)) return undefined
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === part)?.value
}

function written(value: JsonValue, old: Scalar, isInFlow: boolean): string {
  const scalar = new Scalar(value)
  const isQuoted = old.type === Scalar.QUOTE_DOUBLE || old.type === Scalar.QUOTE_SINGLE
  if (typeof value === "string" && isQuoted) scalar.type = old.type as Scalar.Type
  if (typeof value === "string" && (value.includes("\n") || (isInFlow && /[,[\]{}]/.test(value))))
    scalar.type = Scalar.QUOTE_DOUBLE
  return new Document(scalar).toString({ lineWidth: 0 }).replace(/\n$/, "")
}

/**
 * Replaces one existing scalar of the first document and leaves every other byte as it is: comments, quotes, line
 * ends, indentation. A text stays a text: it is quoted where YAML would read it as something else.
 */
export function updateYaml(text: string, key: string, value: JsonValue): Result<string> {
  const [document] = parseAllDocuments(text)
  if (document === undefined || !("contents" in document))
    return refused("the file holds no YAML document")
  const [problem] = document.errors
  if (problem !== undefined) return refused(`the file is not YAML: ${problem.code}`)
  const parts = splitKey(key)
  if (!parts.ok) return parts
  let node: unknown = document.contents
  let isInFlow = false
  for (const part of parts.value) {
    isInFlow ||= (isMap(node) || isSeq(node)) && node.flow === true
    node = childOf(node, part)
  }
  const range = (node as Node | undefined)?.range
  if (!isScalar(node) || range === undefined || range === null)
    return refused(`key path not found: ${key}`)
  if (typeof value === "object" && value !== null)
    return refused(`${key}: expected a text, number or boolean to write`)
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
  const [start, end] = range
  const gap = start === end && start > 0 && !/[\s]/.test(text[start - 1] ?? "") ? " " : ""
  const replacement = gap + written(value, node, isInFlow) + (isBlock ? "\n" : "")
  return ok(text.slice(0, start) + replacement + text.slice(end))
}
