import { expect, test } from "vitest"
import { compareVersions, compileSemver, parseVersion, type Version } from "./index.js"

test.each([
  ["^1.2", "1.9.0", true],
  ["^1.2", "2.0.0", false],
  ["~1.2.3", "1.2.9", true],
  [">=1.0, <2.0", "1.5.0-rc.1", false],
  [">=1.0.0-0", "1.5.0-rc.1", true],
  ["1.x || 3.x", "3.1.4", true],
  ["1.2 - 1.4", "1.4.9", true],
  ["!=1.x", "1.3.0", false],
])("%s and %s: %s", (constraint, version, holds) => {
  const compiled = compileSemver(constraint)
  expect(compiled.ok && compiled.value.evaluate(version)).toEqual({ ok: true, value: holds })
})

test("the newest version that satisfies a constraint", () => {
  const compiled = compileSemver("^1")
  expect(compiled.ok && compiled.value.newest(["v1.2.0", "1.10.0", "2.0.0", "x"])).toBe("1.10.0")
})

test("pre-releases come before their release", () => {
  expect(
    compareVersions(parseVersion("1.0.0-rc.2") as Version, parseVersion("1.0.0-rc.10") as Version),
  ).toBe(-1)
})
