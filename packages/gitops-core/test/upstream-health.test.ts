import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import { healthOf } from "../src/index.js"

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..")
const folder = join(repository, "../shared/upstream/cd/health")

interface Case {
  readonly inputPath: string
  readonly healthStatus: { readonly status: string; readonly message?: string }
}

function read(path: string): JsonObject {
  const parsed = parseManifests(readFileSync(path, "utf8"))
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message)
  return (parsed.value[0]?.value ?? {}) as JsonObject
}

/** The manifests that upstream judges and that are here: it keeps half of them. */
function casesOf(kind: string): readonly Case[] {
  const file = join(folder, "argoproj.io", kind, "health_test.yaml")
  if (!existsSync(file)) return []
  const all = read(file)["tests"] as unknown as readonly Case[]
  return all.filter((each) => existsSync(join(dirname(file), each.inputPath)))
}

describe.skipIf(!existsSync(folder))("upstream's own verdicts (needs ../shared/upstream)", () => {
  for (const kind of ["Rollout", "AnalysisRun"]) {
    for (const { inputPath, healthStatus } of casesOf(kind)) {
      test(`${kind} ${inputPath}`, () => {
        const object = read(join(folder, "argoproj.io", kind, inputPath))
        const { status, message = "" } = healthOf(object as unknown as UntypedObject) ?? {}
        expect({ status, message }).toEqual({
          status: healthStatus.status,
          message: healthStatus.message ?? "",
        })
      })
    }
  }
})
