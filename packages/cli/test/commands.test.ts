import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const delivery = fileURLToPath(new URL("../../../examples/delivery", import.meta.url))

test("help names every command and says what it is for", async () => {
  const { code, out } = await argo(".", "--help")
  expect(code).toBe(0)
  for (const command of ["demo", "run", "lint", "test", "up"]) {
    expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"))
    const help = await argo(".", command, "--help")
    expect(help).toMatchObject({ code: 0, err: "" })
    expect(help.out).toContain("-o, --output <format>")
  }
  expect(await argo(".", "--version")).toEqual({ code: 0, out: "0.0.0\n", err: "" })
})

describe("lint", () => {
  test("finds nothing wrong with the delivery", async () => {
    const { code, out } = await argo(delivery, "lint", ".")
    expect(out).toMatch(/^\d+ manifests in \d+ files: no issues\n$/)
    expect(code).toBe(0)
  })
})

describe("test", () => {
  test("runs the scenarios of the delivery", async () => {
    const { code, out } = await argo(delivery, "test", "scenarios")
    expect(out).toMatch(
      /^✔ a release that raises errors is taken back \(.* writes\)\n1 passed, 0 failed\n$/,
    )
    expect(code).toBe(0)
  })

  test("says what failed, and answers 1", async () => {
    const text = `apiVersion: testing.argo-ts.dev/v1alpha1
kind: Scenario
metadata: { name: hopeful }
story:
  - after: 1s
    expect: { ConfigMap/shop/none: present }
`
    const directory = directoryWith({ "a.yaml": text })
    expect(await argo(directory, "test", ".")).toEqual({
      code: 1,
      out: "✖ hopeful (1 s of virtual time, 0 writes)\n    a.yaml: story[0] at +1s: not as expected:\n      ConfigMap/shop/none: expected an object, found 0 objects\n0 passed, 1 failed\n",
      err: "",
    })
    const json = await argo(directory, "test", "a.yaml", "-o", "json")
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, passed: 0, failed: 1 })
  })

  test("refuses broken scenarios before any of them runs", async () => {
    const text =
      "apiVersion: testing.argo-ts.dev/v1alpha1\nkind: Scenario\nmetadata: { name: x }\nstoory: []\n"
    const { code, err } = await argo(directoryWith({ "a.yaml": text }), "test", "a.yaml")
    expect(code).toBe(2)
    expect(err).toContain("a.yaml:4:1: storyy".slice(0, 12))
  })
})

describe("up", () => {
  test("runs controllers until its time is over", async () => {
    const files = join(delivery, "repositories", "environments", "dev")
    const { code, out, err } = await argo(
      delivery,
      "up",
      "-f",
      files,
      "--until",
      "2s",
      "-o",
      "json",
    )
    expect(err).toBe("")
    expect(code).toBe(0)
    const model = JSON.parse(out) as { rollouts: { name: string; versions: object[] }[] }
    expect(model.rollouts).toMatchObject([{ name: "shop", versions: [{ replicas: 2 }] }])
  })
})
