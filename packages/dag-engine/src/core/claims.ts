import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import type { ClaimAction, VolumeClaim, WorkflowEvent } from "./actions.js"
import { compileJson } from "./json-text.js"
import { propose, type Run } from "./run.js"
import { isLenient, runPlace, scopeOf } from "./scope.js"

/*
 * Volume claims (spec/workflows §1.18): made before anything runs, kept in the status, and given back when the workflow has
 * ended, as `volumeClaimGC` says.
 */

/** The claims that the workflow's templates stand for, or why they cannot be made. */
function claimsOf(run: Run): readonly VolumeClaim[] | string {
  const claims: VolumeClaim[] = []
  for (const template of run.spec.volumeClaimTemplates ?? []) {
    const scope = scopeOf(run, runPlace)
    const rendered = compileJson(template as unknown as JsonValue).render(scope, isLenient)
    if (!rendered.ok) return rendered.message
    const object = rendered.value as JsonObject
    const volume = (object["metadata"] as JsonObject | undefined)?.["name"]
    if (typeof volume !== "string" || volume === "") {
      return "a volume claim template needs metadata.name, the name of its volume"
    }
    claims.push({ volume, claim: `${run.name}-${volume}`, template: object })
  }
  return claims
}

/** Asks for the claims. True where the workflow has to wait for them. */
export function requestClaims(run: Run): boolean {
  if (run.claims !== undefined) return false
  if ((run.spec.volumeClaimTemplates ?? []).length === 0) {
    run.claims = []
    return false
  }
  for (const action of claimActions(run)) propose(run, action)
  return true
}

/** What is asked for and not there yet. */
export function claimActions(run: Run): readonly ClaimAction[] {
  if (run.claims !== undefined) return []
  const claims = claimsOf(run)
  if (typeof claims === "string" || claims.length === 0) return []
  return [{ type: "Claim", key: "claim", node: "", claims }]
}

/** Says what is wrong with the templates of claims. */
export function claimFault(run: Run): string | undefined {
  const claims = claimsOf(run)
  return typeof claims === "string" ? claims : undefined
}

/** The claims are there; or it is known why they are not. */
export function noteClaimed(
  run: Run,
  { fault }: WorkflowEvent & { readonly type: "Claimed" },
): string | undefined {
  const claims = claimsOf(run)
  if (fault !== undefined) return fault
  if (typeof claims === "string") return claims
  run.claims = claims.map(({ volume, claim }) => ({
    name: volume,
    persistentVolumeClaim: { claimName: claim },
  }))
  run.isDirty = true
  return undefined
}

/** Names of the claims that go with the workflow's end. */
export function dueClaims(run: Run): readonly string[] {
  const strategy = run.spec.volumeClaimGC?.["strategy"] ?? "OnWorkflowSuccess"
  const isDue = strategy === "OnWorkflowCompletion" || run.phase === "Succeeded"
  return isDue ? claimNames(run.claims ?? []) : []
}

/** Names of the claims that a status holds. */
export function claimNames(volumes: readonly JsonValue[]): readonly string[] {
  // A status may hold anything: what is no volume has no claim.
  return volumes.flatMap((volume) => {
    const claim = isJsonObject(volume) ? volume["persistentVolumeClaim"] : undefined
    const name = isJsonObject(claim) ? claim["claimName"] : undefined
    return typeof name === "string" ? [name] : []
  })
}
