import type { Parameter } from "../api/parameter.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"

/** A spec whose templates others call. */
interface Source {
  readonly metadata: { readonly name?: string }
  readonly spec: WorkflowSpec
}

/**
 * TypeScript for the callers of a WorkflowTemplate (or Workflow): the interface of its arguments, and one of inputs and
 * outputs for each template, as `defineSteps` takes them. Hostile names and descriptions stay data.
 */
export function generateTypes(source: Source): string {
  const name = pascal(source.metadata.name ?? "workflow")
  const leaves = (source.spec.templates ?? []).filter(({ name: each }) => each !== undefined)
  const lines = [
    "// Generated from a WorkflowTemplate by generateTypes; changes here are lost.",
    "",
    `/** Arguments of ${comment(source.metadata.name ?? "")}. */`,
    `export interface ${name}Arguments {`,
    ...(source.spec.arguments?.parameters ?? []).flatMap((each) => fieldOf(each, isOptional(each))),
    "}",
    "",
    `/** Inputs and outputs of its templates. */`,
    `export type ${name}Templates = {`,
    ...leaves.flatMap(templateLines),
    "}",
  ]
  return `${lines.join("\n")}\n`
}

function templateLines(template: Template): readonly string[] {
  const inputs = (template.inputs?.parameters ?? []).flatMap((each) => fieldOf(each, false))
  const outputs = (template.outputs?.parameters ?? []).flatMap((each) => fieldOf(each, false))
  const indent = (line: string): string => `    ${line}`
  return [
    `  readonly ${JSON.stringify(template.name ?? "")}: {`,
    "    readonly inputs: {",
    ...inputs.map(indent),
    "    }",
    "    readonly outputs: {",
    ...outputs.map(indent),
    "    }",
    "  }",
  ]
}

function isOptional({ value, default: fallback, valueFrom }: Parameter): boolean {
  return value !== undefined || fallback !== undefined || valueFrom !== undefined
}

function fieldOf(parameter: Parameter, optional: boolean): readonly string[] {
  const { name, enum: words, description } = parameter
  const type =
    words === undefined || words.length === 0
      ? "string"
      : words.map((word) => JSON.stringify(String(word))).join(" | ")
  const text = description === undefined ? [] : [`  /** ${comment(description)} */`]
  return [...text, `  readonly ${JSON.stringify(name)}${optional ? "?" : ""}: ${type}`]
}

function comment(text: string): string {
  return text.replace(/\*\//g, "* /").replace(/\s+/g, " ").trim()
}

function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "")
  const name = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("")
  return /^[A-Za-z]/.test(name) ? name : `Workflow${name}`
}
