import type { Issue, IssuePath } from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"
import type { ArtifactGC } from "../artifact.js"
import type { Template } from "../template.js"
import type { WorkflowSpec } from "../workflow.js"

/** What every rule sees and where it reports. */
export interface Context {
  readonly issues: Issue[]
  readonly spec: WorkflowSpec
  readonly templates: ReadonlyMap<string, Template>
  /** False for stored templates: their parameters may come later. */
  readonly isWorkflow: boolean
}

/** Reports one finding. `path` may be a list that whoever calls goes on writing: it is copied. */
export function report(
  context: Context,
  path: IssuePath,
  message: string,
  more: { readonly code?: string; readonly hint?: string } = {},
): void {
  const { code = "InvalidValue", hint } = more
  context.issues.push({ code, path: [...path], message, ...(hint === undefined ? {} : { hint }) })
}

/** `did you mean "…"?` where a known name is near. */
export function didYouMean(name: string, known: Iterable<string>): { readonly hint?: string } {
  const near = nearestName(name, [...known])
  return near === undefined ? {} : { hint: `did you mean "${near}"?` }
}

/** True where a text holds a tag: its value is not known yet. */
export function hasTag(text: string): boolean {
  return text.includes("{{")
}

const collectionStrategies = ["OnWorkflowCompletion", "OnWorkflowDeletion", "Never"]

/** Checks an `artifactGC`. */
export function checkCollection(
  context: Context,
  path: IssuePath,
  artifactGC: ArtifactGC | undefined,
): void {
  const { strategy = "" } = artifactGC ?? {}
  if (strategy === "" || collectionStrategies.includes(strategy)) return
  const message = `is one of ${collectionStrategies.join(", ")}, found ${JSON.stringify(strategy)}`
  report(context, [...path, "strategy"], message, didYouMean(strategy, collectionStrategies))
}

const fieldName = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/
const dataName = /^[-a-zA-Z0-9_]+$/
const nameMax = 128

/** Checks the name of the template, step or task at `path`. */
export function checkFieldName(
  context: Context,
  path: IssuePath,
  name: string,
  what: string,
): void {
  if (!fieldName.test(name)) {
    report(
      context,
      [...path, "name"],
      `a ${what} name has letters, digits and "-" only, found ${JSON.stringify(name)}`,
    )
  } else if (name.length > nameMax) {
    const at = [...path, "name"]
    report(context, at, `a ${what} name may have ${nameMax} characters, found ${name.length}`)
  }
}

/** Checks the names in a list of parameters or artifacts. */
export function checkDataNames(
  context: Context,
  path: IssuePath,
  items: readonly { readonly name: string }[],
  options: { readonly mayHoldTags?: boolean } = {},
): void {
  const seen = new Set<string>()
  for (const [index, { name }] of items.entries()) {
    const place = [...path, index, "name"]
    const isOpen = options.mayHoldTags === true && hasTag(name)
    if (!isOpen && !dataName.test(name)) {
      report(
        context,
        place,
        `a name has letters, digits, "-" and "_" only, found ${JSON.stringify(name)}`,
      )
    }
    if (seen.has(name)) {
      report(context, place, `"${name}" is there twice`, { code: "DuplicateName" })
    }
    seen.add(name)
  }
}
