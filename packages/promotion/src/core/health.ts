import { listAt, objectAt, own } from "@argo-ts/kernel"
import type { ForeignApplication } from "../api/foreign.js"
import type { HealthCheck, StageHealth } from "../api/stage.js"
import { annotation } from "./annotations.js"
import { instantOf } from "./availability.js"

type Level = StageHealth["status"]

const severity: readonly Level[] = [
  "Healthy",
  "NotApplicable",
  "Progressing",
  "Unknown",
  "Unhealthy",
]

interface Verdict {
  readonly status: Level
  readonly issue?: string
  /** The Application must be looked at anew before it can be judged. */
  readonly isStale?: boolean
}

function health(application: ForeignApplication, name: string): Verdict {
  const { status, message } = application.status?.health ?? {}
  if (status === "Healthy") return { status: "Healthy" }
  const detail = message === undefined || message === "" ? "" : `: ${message}`
  if (status === undefined || status === "" || status === "Progressing" || status === "Suspended")
    return {
      status: "Progressing",
      issue: `Application ${name} is ${status || "not assessed yet"}${detail}`,
    }
  return { status: "Unhealthy", issue: `Application ${name} is ${status}${detail}` }
}

function judge(
  application: ForeignApplication | undefined,
  name: string,
  revisions: readonly string[],
): Verdict {
  if (application === undefined)
    return { status: "Unknown", issue: `Application ${name} does not exist` }
  const { status } = application
  const finished = instantOf(status?.operationState?.finishedAt)
  const reconciled = instantOf(status?.reconciledAt)
  if (reconciled === undefined || (finished !== undefined && reconciled < finished)) {
    const issue = `Application ${name} has not been looked at since its last sync`
    const isAsked = own(application.metadata.annotations, annotation.argoRefresh) !== undefined
    return { status: "Unknown", issue, isStale: !isAsked }
  }
  const broken = status?.conditions?.find(
    ({ type }) => type === "ComparisonError" || type === "InvalidSpecError",
  )
  if (broken !== undefined)
    return {
      status: "Unhealthy",
      issue: `Application ${name}: ${broken.type}: ${broken.message ?? ""}`,
    }
  if (revisions.some((revision) => revision !== "")) {
    const isSyncing = status?.operationState !== undefined && finished === undefined
    if (isSyncing || application.operation !== undefined)
      return { status: "Unknown", issue: `Application ${name} is being synced` }
    const found = status?.sync?.revisions ?? [status?.sync?.revision ?? ""]
    if (found.length !== revisions.length)
      return {
        status: "Unknown",
        issue: `Application ${name} has ${found.length} sources, ${revisions.length} are expected`,
      }
    const deployed = (status?.history ?? []).map(
      (entry) => entry.revisions ?? [entry.revision ?? ""],
    )
    // Differs from Kargo: a branch that moved on after the revision was deployed (another Stage's commit on the same
    // branch) leaves the Stage healthy; upstream compares with the newest commit only.
    const wrong = revisions.findIndex(
      (revision, index) =>
        revision !== "" &&
        revision !== found[index] &&
        !deployed.some((each) => each[index] === revision),
    )
    if (wrong >= 0)
      return {
        status: "Unhealthy",
        issue: `Application ${name} is at ${found[wrong]}, not at ${revisions[wrong]}`,
      }
  }
  return health(application, name)
}

interface ApplicationCheck {
  readonly namespace: string
  readonly name: string
  readonly desiredRevisions: readonly string[]
}

/** Which Applications a Stage's checks look at. */
export function checkedApplications(checks: readonly HealthCheck[]): readonly ApplicationCheck[] {
  return checks
    .filter(({ uses }) => uses === "argocd-update")
    .flatMap(({ config }) => listAt(config, "apps"))
    .flatMap((app) => {
      const { name, namespace } = objectAt(app)
      if (typeof name !== "string") return []
      return [
        {
          name,
          namespace: typeof namespace === "string" ? namespace : "argocd",
          desiredRevisions: listAt(app, "desiredRevisions").map(String),
        },
      ]
    })
}

/** The worst of all checks (spec/promotion §2.11), and the Applications that must be refreshed first. */
export function assessHealth(
  checks: readonly HealthCheck[],
  applications: readonly ForeignApplication[],
): {
  readonly health: StageHealth
  readonly stale: readonly { readonly namespace: string; readonly name: string }[]
} {
  const verdicts = checkedApplications(checks).map((check) => {
    const found = applications.find(
      ({ metadata }) => metadata.name === check.name && metadata.namespace === check.namespace,
    )
    return { check, verdict: judge(found, check.name, check.desiredRevisions) }
  })
  const levels = verdicts.map(({ verdict }) => severity.indexOf(verdict.status))
  const status = severity[Math.max(0, ...levels)] ?? "Healthy"
  const issues = verdicts.flatMap(({ verdict }) => verdict.issue ?? [])
  const stale = verdicts.flatMap(({ check, verdict }) =>
    verdict.isStale === true ? [{ namespace: check.namespace, name: check.name }] : [],
  )
  return { health: { status, ...(issues.length === 0 ? {} : { issues }) }, stale }
}
