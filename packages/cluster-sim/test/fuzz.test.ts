import { expect, test } from "vitest"
import { runFuzz } from "./fuzz/run.js"

/** `ARGO_TS_FUZZ=50000`: so many requests; `pnpm fuzz:cluster` sets it. */
const wanted = Number(process.env["ARGO_TS_FUZZ"] ?? "2000")
const callsEach = 500
const seeds = Array.from(
  { length: Math.ceil(wanted / callsEach) },
  (_seed, index) => `${index + 1}`,
)

test(`${wanted} random requests keep every law`, { timeout: 900_000 }, async () => {
  const refused = new Map<string, number>()
  let calls = 0
  for (const seed of seeds) {
    const run = await runFuzz(seed, callsEach)
    expect(run.breaches).toEqual([])
    calls += run.calls
    for (const [code, count] of run.refused) refused.set(code, (refused.get(code) ?? 0) + count)
  }
  if (process.env["ARGO_TS_FUZZ"] !== undefined) {
    console.log(`${calls} requests; refused:`, Object.fromEntries(refused))
  }
  // A fuzz whose requests are all refused, or never, attacks nothing.
  const refusals = [...refused.values()].reduce((sum, count) => sum + count, 0)
  expect(refusals).toBeLessThan(calls / 2)
  expect([...refused.keys()]).toEqual(expect.arrayContaining(["Conflict", "Invalid", "NotFound"]))
})
