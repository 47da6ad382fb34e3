/** Resolves where all is well, rejects with the reason where it is not. */
export type HealthCheck = () => void | Promise<void>

/** Checks by name. */
export type HealthChecks = { readonly [name: string]: HealthCheck }

/** What a health endpoint answers. */
export interface HealthAnswer {
  readonly status: 200 | 404 | 500
  readonly body: string
}

/** Reasons are for the log: an endpoint that anybody may ask does not tell them. */
export interface CheckOutcome {
  readonly name: string
  readonly error?: unknown
}

async function runCheck(name: string, check: HealthCheck): Promise<CheckOutcome> {
  try {
    await check()
    return { name }
  } catch (error) {
    return { name, error: error ?? new Error("rejected") }
  }
}

function report(endpoint: string, outcomes: readonly CheckOutcome[], isVerbose: boolean): string {
  const hasFailed = outcomes.some(({ error }) => error !== undefined)
  const lines = outcomes.map(({ name, error }) =>
    error === undefined ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`,
  )
  if (hasFailed) return `${lines.join("")}${endpoint} check failed\n`
  return isVerbose ? `${lines.join("")}${endpoint} check passed\n` : "ok"
}

/**
 * Answers as Kubernetes' own endpoints do: `ok`, or each check with its outcome where one failed or `verbose` is
 * asked for; `/healthz/name` runs one check alone, and `exclude` leaves some out. `ping` always passes.
 */
export async function answerHealth(
  request: { readonly path: string; readonly query: URLSearchParams },
  checks: HealthChecks,
  onFailure: (outcome: CheckOutcome) => void,
): Promise<HealthAnswer> {
  const [, endpoint = "", only] = request.path.split("/")
  const all = new Map<string, HealthCheck>([["ping", () => {}], ...Object.entries(checks)])
  const excluded = new Set(request.query.getAll("exclude"))
  const chosen = [...all].filter(([name]) =>
    only === undefined || only === "" ? !excluded.has(name) : name === only,
  )
  if (chosen.length === 0 && only !== undefined) {
    return { status: 404, body: `no check is called ${JSON.stringify(only)}\n` }
  }
  const outcomes = await Promise.all(chosen.map(([name, check]) => runCheck(name, check)))
  const failures = outcomes.filter(({ error }) => error !== undefined)
  for (const failure of failures) onFailure(failure)
  const body = report(endpoint, outcomes, request.query.has("verbose"))
  return { status: failures.length > 0 ? 500 : 200, body }
}
