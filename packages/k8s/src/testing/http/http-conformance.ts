import { afterEach, beforeEach, describe, test } from "vitest"
import { addressingCases } from "./addressing-cases.js"
import { createHttpClient, type HttpCase, type HttpWorld } from "./http-world.js"
import { readingCases } from "./reading-cases.js"
import { writingCases } from "./writing-cases.js"

/** The cases that only a server can be asked, by subject. */
export const httpConformanceCases: { readonly [subject: string]: readonly HttpCase[] } = {
  "addresses and errors": addressingCases,
  writes: writingCases,
  "lists, watches and tables": readingCases,
}

/**
 * Defines tests that hold for every API server as HTTP clients see it: addresses, representations, refusals, streams.
 * What needs no HTTP is in `describeClusterConformance`. Each case has a world of its own; it needs an administrator, and
 * nothing else that a fresh cluster does not have. Numbers in the names are those of spec/cluster §12.
 */
export function describeHttpConformance(name: string, makeWorld: () => Promise<HttpWorld>): void {
  describe(`${name} conforms over HTTP`, () => {
    let world: HttpWorld | undefined
    beforeEach(async () => {
      world = await makeWorld()
    })
    afterEach(async () => {
      await world?.close()
    })
    for (const [subject, cases] of Object.entries(httpConformanceCases)) {
      describe(subject, () => {
        for (const each of cases) {
          test(each.name, async () => {
            if (world !== undefined) await each.run(createHttpClient(world))
          })
        }
      })
    }
  })
}
