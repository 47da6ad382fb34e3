import type { IssuePath } from "@argo-ts/kernel"
import { artifactSource, referenceName } from "../../core/artifact-source.js"
import type { Expression } from "../../core/languages.js"
import type { Artifact } from "../artifact.js"
import { type Context, hasTag, report } from "./context.js"

/** Says what is wrong with a tag's name; `undefined` where it resolves or nobody can tell. */
export type Resolve = (name: string) => string | undefined

const artifactName = /^(inputs|(steps|tasks)\.[^.]+\.outputs|workflow\.outputs)\.artifacts\.[^.]+$/

/**
 * Checks where artifacts come from as far as no tag says it: that `from` names an artifact, with and without braces, and
 * that what `fromExpression` needs is in scope there.
 */
export function checkArtifactSources(
  context: Context,
  path: IssuePath,
  artifacts: readonly Artifact[],
  resolve: Resolve,
): void {
  for (const [index, artifact] of artifacts.entries()) {
    const { from, choice } = artifactSource(artifact)
    const field = (artifact.fromExpression ?? "") === "" ? "from" : "fromExpression"
    const at = [...path, index, field]
    if (from !== undefined) checkName(context, at, from, resolve)
    if (choice !== undefined && !hasTag(choice.source)) checkNeeds(context, at, choice, resolve)
  }
}

function checkName(context: Context, path: IssuePath, from: string, resolve: Resolve): void {
  const name = referenceName(from)
  // What has braces is held against the scope with all other tags.
  const fault = hasTag(from) ? undefined : resolve(name)
  if (fault !== undefined) {
    report(context, path, `failed to resolve ${name}: ${fault}`, { code: "UnresolvedTag" })
  } else if (!hasTag(name) && !artifactName.test(name)) {
    const places = "inputs.artifacts.…, steps.….outputs.artifacts.… or tasks.….outputs.artifacts.…"
    report(context, path, `names an artifact: ${places}, found ${JSON.stringify(name)}`)
  }
}

/** Names that an expression cannot do without: an absent one is a fault where nothing takes its place. */
function checkNeeds(
  context: Context,
  path: IssuePath,
  expression: Expression,
  resolve: Resolve,
): void {
  const names = new Set(expression.needs.map((need) => need.join(".")))
  for (const name of names) {
    const fault = resolve(name)
    if (fault === undefined) continue
    report(context, path, `failed to resolve ${name}: ${fault}`, { code: "UnknownReference" })
  }
}
