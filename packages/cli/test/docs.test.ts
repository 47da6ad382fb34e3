import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { promisedBy, readGuide, runProgram, wordsOf } from "./guide.js"
import { argo } from "./harness.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))

const pages = ["README.md", "docs/cluster-sim.md", "docs/expr.md", "docs/dag-engine.md"]

describe.each(pages)("%s", (place) => {
  const { programs, commands } = readGuide(place)
  test.each(programs.map((program, index) => [index + 1, program] as const))(
    "program %i prints what it says",
    async (_index, program) => {
      const promised = promisedBy(program)
      expect(promised.length).toBeGreaterThan(0)
      expect(await runProgram(program)).toEqual(promised)
    },
  )
  test.each(commands)("%s", async (line) => {
    expect(await argo(root, ...wordsOf(line).slice(1))).toMatchObject({ code: 0 })
  })
})
