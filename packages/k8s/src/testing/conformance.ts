import { afterEach, beforeEach, describe, test } from "vitest"
import { admissionCases } from "./admission-cases.js"
import { applyCases } from "./apply-cases.js"
import { claimCases } from "./claim-cases.js"
import { customCases } from "./custom-cases.js"
import { definitionCases } from "./definition-cases.js"
import { deleteCases } from "./delete-cases.js"
import { deploymentCases } from "./deployment-cases.js"
import { jobCases } from "./job-cases.js"
import { networkCases } from "./network-cases.js"
import { ownershipCases } from "./ownership-cases.js"
import { readCases } from "./read-cases.js"
import { setCases } from "./set-cases.js"
import { strategicCases } from "./strategic-cases.js"
import type { ConformanceCase, ConformanceWorld } from "./world.js"
import { writeCases } from "./write-cases.js"

/** The cases, by subject, for runners other than vitest's `describe`. */
export const conformanceCases: { readonly [subject: string]: readonly ConformanceCase[] } = {
  "create, update, status": writeCases,
  "delete and garbage collection": deleteCases,
  admission: admissionCases,
  "apply and patch": applyCases,
  "strategic patches": strategicCases,
  ownership: ownershipCases,
  "list and watch": readCases,
  "custom kinds": [...definitionCases, ...customCases],
  Deployments: deploymentCases,
  "StatefulSets and DaemonSets": setCases,
  "Jobs and CronJobs": jobCases,
  claims: claimCases,
  "services, budgets, scheduling and namespaces": networkCases,
}

/**
 * Defines tests that hold for every `Cluster`, each in a world of its own: run it on an adapter to know that
 * controllers cannot tell it from a real server. Numbers in the names are those of spec/cluster §12.
 *
 * @example
 * ```ts
 * describeClusterConformance("cluster-sim", async () => ({ cluster: sim.cluster, … }))
 * ```
 */
export function describeClusterConformance(
  name: string,
  makeWorld: () => Promise<ConformanceWorld>,
): void {
  describe(`${name} conforms`, () => {
    let world: ConformanceWorld | undefined
    beforeEach(async () => {
      world = await makeWorld()
    })
    afterEach(async () => {
      await world?.close()
    })
    for (const [subject, cases] of Object.entries(conformanceCases)) {
      describe(subject, () => {
        for (const each of cases) {
          test(each.name, async () => {
            if (world !== undefined) await each.run(world)
          })
        }
      })
    }
  })
}
