import { isOperationError } from "@argo-ts/kernel"
import type { Scenario, ScenarioMoment } from "../api/scenario.js"
import { durationMs, openWorld, ScenarioError, type ScenarioOptions, type World } from "./world.js"

/** How a scenario went. */
export interface ScenarioResult {
  readonly name: string
  readonly ok: boolean
  /** Whole sentences, each with the moment and the virtual instant. */
  readonly failures: readonly string[]
  /** Moments that were told and judged. */
  readonly moments: number
  readonly writes: number
  /** How long the story was on the virtual clock. */
  readonly virtualMs: number
}

/**
 * Tells a story in TypeScript: opens the world, hands it to `story`, judges `never`, and closes it whatever
 * happens. Rejects with a {@link ScenarioError} where an expectation does not hold.
 *
 * @example
 * ```ts
 * await scenario({ controllers, kinds, given: { objects: [rollout] } }, async (world) => {
 *   await world.until({ "Rollout/shop/web": { "status.phase": "Healthy" } }, "5m")
 * })
 * ```
 */
export async function scenario<Result>(
  options: ScenarioOptions,
  story: (world: World) => Promise<Result>,
): Promise<Result> {
  const world = await openWorld(options)
  try {
    const result = await story(world)
    if (world.violations().length > 0) throw new ScenarioError(world.violations().join("\n"))
    return result
  } finally {
    await world.close()
  }
}

async function tell(
  world: World,
  moment: ScenarioMoment,
  since: { start: number; last: number },
): Promise<void> {
  const at =
    moment.at === undefined
      ? since.last + durationMs(moment.after ?? "0s")
      : since.start + durationMs(moment.at)
  const late = world.now() - at
  if (late > 0)
    throw new ScenarioError(
      `expected to begin earlier: the story is ${late / 1000}s past it already`,
    )
  await world.advance(`${at - world.now()}ms`)
  since.last = at
  await world.when(...(moment.when ?? []))
  if (moment.expect === undefined) return
  // Reactions of the same instant count: what the actions cause at once is judged, not what was before.
  await world.advance("0s")
  if (moment.within === undefined) world.expect(moment.expect)
  else await world.until(moment.expect, moment.within)
  since.last = world.now()
}

/** The controllers, kinds and habits that a scenario document is run with. */
export type ScenarioRunOptions = Omit<ScenarioOptions, "given" | "never" | "start" | "seed">

function sentence(error: unknown): string {
  if (isOperationError(error)) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Runs a scenario document; the first moment that fails ends it. */
export async function runScenario(
  document: Scenario,
  options: ScenarioRunOptions,
): Promise<ScenarioResult> {
  const { metadata, story, start, seed, given, never } = document
  const failures: string[] = []
  let moments = 0
  const world = await openWorld({
    ...options,
    ...(start === undefined ? {} : { start }),
    ...(seed === undefined ? {} : { seed }),
    ...(given === undefined ? {} : { given }),
    ...(never === undefined ? {} : { never }),
  })
  const since = { start: Number(world.now()), last: Number(world.now()) }
  try {
    for (const moment of story) {
      await tell(world, moment, since)
      moments++
    }
  } catch (error) {
    const at = `+${(world.now() - since.start) / 1000}s`
    failures.push(`story[${moments}] at ${at}: ${sentence(error)}`)
  } finally {
    await world.close()
  }
  failures.push(...world.violations())
  const virtualMs = world.now() - since.start
  const ok = failures.length === 0
  return { name: metadata.name, ok, failures, moments, writes: world.writes(), virtualMs }
}
