import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { runConformance } from "./conformance/run.mjs"

const goldens = fileURLToPath(new URL("../../../../shared/goldens/languages", import.meta.url))

/** Rows that may differ, for the reasons that the README names. Files that are not named here: none. */
const known: { readonly [file: string]: number } = {
  expr: 13,
  "expr-1.15.5": 2,
  "gotemplate-sprig": 2,
}

test.skipIf(!existsSync(goldens))(
  "answers as the real implementations do (needs ../shared/goldens)",
  () => {
    const results = runConformance(goldens)
    expect(results.length).toBeGreaterThan(10)
    const differing = results
      .map(({ file, equal, total }) => ({ file, differ: total - equal }))
      .filter(({ file, differ }) => differ > (known[file] ?? 0))
    expect(differing).toEqual([])
  },
  300_000,
)
