import type { NodeStatus } from "@argo-ts/dag-engine"
import { CliError } from "../io.js"

const fields = [
  "displayName",
  "templateName",
  "phase",
  "name",
  "id",
  "templateRef.name",
  "templateRef.template",
]
const parameter = /^inputs\.parameters\.([-\w]+)\.value$/

/** Reads `--node-field-selector`: `displayName=build,phase!=Failed`; all parts must hold. */
export function nodeSelector(text: string): (node: NodeStatus) => boolean {
  const parts = text.split(",").map((part) => {
    const found = /^\s*([\w.-]+)\s*(!=|==|=)\s*(.*?)\s*$/.exec(part)
    const [, field = "", operator = "", value = ""] = found ?? []
    if (found === null || !(fields.includes(field) || parameter.test(field))) {
      const message = `--node-field-selector: expected ${fields.join(", ")} or inputs.parameters.<name>.value with = or !=, found ${JSON.stringify(part)}`
      throw new CliError("InvalidOption", message)
    }
    return { field, isEqual: operator !== "!=", value }
  })
  return (node) =>
    parts.every(({ field, isEqual, value }) => (fieldOf(node, field) === value) === isEqual)
}

function fieldOf(node: NodeStatus, field: string): string {
  const name = parameter.exec(field)?.[1]
  if (name !== undefined) {
    const found = node.inputs?.parameters?.find((each) => each.name === name)
    return String(found?.value ?? "")
  }
  switch (field) {
    case "displayName":
      return node.displayName
    case "templateName":
      return node.templateName ?? ""
    case "phase":
      return node.phase
    case "name":
      return node.name
    case "id":
      return node.id
    case "templateRef.name":
      return node.templateRef?.name ?? ""
    default:
      return node.templateRef?.template ?? ""
  }
}
