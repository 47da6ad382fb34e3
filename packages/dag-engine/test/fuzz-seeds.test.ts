import { isJsonObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { jsonSchemas } from "../src/schema/index.js"
import { fieldsOf, noteFields } from "./fuzz/coverage.js"
import { ownSeeds } from "./fuzz/seeds.js"

const kinds = [
  "Workflow",
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "WorkflowEventBinding",
] as const

test("the seeds of the fuzz have every field of every kind", () => {
  const { definitions } = jsonSchemas()["Workflow"] as {
    readonly definitions: Parameters<typeof fieldsOf>[0]
  }
  const seen = new Set<string>()
  for (const value of ownSeeds()) {
    noteFields(definitions, isJsonObject(value) ? String(value["kind"]) : "", value, seen)
  }
  const missing = kinds.flatMap((kind) => [...fieldsOf(definitions, kind)])
  expect([...new Set(missing)].filter((field) => !seen.has(field)).toSorted()).toEqual([])
})
