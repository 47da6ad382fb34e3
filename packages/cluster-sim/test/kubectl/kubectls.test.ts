import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { findKubectls, kubectlFiles } from "./kubectls.js"

let root = ""
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "argo-ts-kubectls-"))
  for (const folder of ["bin", "sdk", "empty"]) mkdirSync(join(root, folder))
  const fake = (name: string, version: string): void => {
    const [, minor = ""] = version.split(".")
    const told = JSON.stringify({ clientVersion: { gitVersion: version, minor } })
    writeFileSync(join(root, name), `#!/bin/sh\necho '${told}'\n`)
    chmodSync(join(root, name), 0o755)
  }
  fake("sdk/kubectl", "v1.32.4")
  fake("sdk/kubectl.1.9", "v1.9.1")
  fake("sdk/kubectl.1.33", "v1.33.1")
  fake("sdk/kubectl.1.33.same", "v1.33.1")
  fake("bin/kubectl-1.30", "v1.30.0")
  fake("bin/kubectl-plugin", "v1.1.1")
  writeFileSync(join(root, "bin/kubectl-1.0-broken"), "no program")
  symlinkSync("../sdk/kubectl", join(root, "bin/kubectl"))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const at = (name: string): string => join(root, name)

test("finds the one on the path, those beside it and those beside what it links to, each version once", async () => {
  const PATH = [at("empty"), at("bin")].join(delimiter)
  const found = await findKubectls({ PATH })
  expect(found.map(({ path, version, minor }) => [path, version, minor])).toEqual([
    [at("sdk/kubectl.1.9"), "v1.9.1", 9],
    [at("bin/kubectl-1.30"), "v1.30.0", 30],
    [at("bin/kubectl"), "v1.32.4", 32],
    [at("sdk/kubectl.1.33"), "v1.33.1", 33],
  ])
})

test("takes those that KUBECTL names, and no others", async () => {
  const KUBECTL = [at("sdk/kubectl.1.9"), at("sdk/absent"), at("sdk/kubectl")].join(delimiter)
  const found = await findKubectls({ KUBECTL, PATH: at("bin") })
  expect(found.map(({ version }) => version)).toEqual(["v1.9.1", "v1.32.4"])
})

test("there may be none", () => {
  expect(kubectlFiles({ PATH: at("empty") })).toEqual([])
  expect(kubectlFiles({})).toEqual([])
})
