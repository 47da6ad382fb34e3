import { describe, expect, test } from "vitest"
import { keepers } from "./soak/keepers.js"
import type { Recipe } from "./soak/recipe.js"
import { overHttp } from "./soak/served.js"
import { everyFault, runSoak } from "./soak/soak.js"
import { writers } from "./soak/writers.js"

const recipes = [...keepers, ...writers]

/** `ARGO_TS_SOAK=1,2,3`: an hour for each controller alone and for all together, with these seeds. `pnpm soak` sets it. */
const wholeSeeds = process.env["ARGO_TS_SOAK"]?.split(",")
const wholeMs = wholeSeeds === undefined ? 300_000 : 3_600_000
const peaceMs = wholeSeeds === undefined ? 900_000 : 1_500_000

const together: readonly (readonly [string, readonly Recipe[]])[] = [["all together", recipes]]
const alone = recipes.map((recipe) => [recipe.name, [recipe]] as const)
const companies = wholeSeeds === undefined ? together : [...alone, ...together]
const runs = (wholeSeeds ?? ["1"]).flatMap((seed) =>
  companies.map(([name, company]) => [name, seed, company] as const),
)

/** What the clients of a cluster with every fault meet sooner or later. */
const meetings = [
  "Conflict",
  "TooManyRequests",
  "InternalError",
  "ServiceUnavailable",
  "watch ended: in order",
  "watch ended: ServiceUnavailable",
  "watch ended: Expired",
]

function metBy(met: ReadonlyMap<string, number>): string {
  return [...met].map(([what, count]) => `${what} ${count}`).join(", ")
}

describe("twenty controllers under every fault", () => {
  test("are twenty", () => {
    expect(new Set(recipes.map(({ name }) => name)).size).toBe(20)
  })

  test.for(runs)(
    "%s: the state is the one without faults (seed %s)",
    { timeout: 600_000 },
    async ([name, seed, company]) => {
      const soak = { seed, recipes: company, wholeMs, peaceMs, restarts: 0 }
      const calm = await runSoak(soak)
      const rough = await runSoak({ ...soak, faults: everyFault, restarts: 3 })
      if (wholeSeeds !== undefined) console.log(`${name} (seed ${seed}) met ${metBy(rough.met)}`)
      expect([...calm.problems, ...rough.problems]).toEqual([])
      expect(rough.state).toEqual(calm.state)
      expect(company.length === 1 ? [] : meetings.filter((each) => !rough.met.has(each))).toEqual(
        [],
      )
    },
  )

  test.for(wholeSeeds ?? ["1"])(
    "all together over HTTP: the state is the one in the process without faults (seed %s)",
    { timeout: 1_800_000 },
    async (seed) => {
      // Sockets take their time: the ordinary run has a minute of it, the soak an hour too.
      const soak = { seed, recipes, peaceMs, wholeMs: wholeSeeds === undefined ? 60_000 : wholeMs }
      const calm = await runSoak({ ...soak, restarts: 0 })
      const rough = await runSoak({ ...soak, faults: everyFault, restarts: 3, reach: overHttp })
      if (wholeSeeds !== undefined) console.log(`over HTTP (seed ${seed}) met ${metBy(rough.met)}`)
      expect([...calm.problems, ...rough.problems]).toEqual([])
      expect(rough.state).toEqual(calm.state)
      const expected = wholeSeeds === undefined ? [] : meetings
      expect(expected.filter((each) => !rough.met.has(each))).toEqual([])
    },
  )
})
