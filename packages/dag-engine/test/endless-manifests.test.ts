import { formatIssue } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import { parseWorkflow } from "../src/index.js"
import { lintWorkflows } from "../src/lint/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

type Loose = { [key: string]: unknown }

/** A workflow that a program, or a YAML reader that knows no bounds, has tied to itself. */
function tied(tie: (spec: Loose, leaf: Loose) => void): unknown {
  const leaf: Loose = { name: "m", container: { image: "x" } }
  const spec: Loose = { entrypoint: "m", templates: [leaf] }
  tie(spec, leaf)
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata: { name: "w" }, spec }
}

function self(): Loose {
  const self: Loose = {}
  self["a"] = self
  self["b"] = self
  return self
}

describe("a manifest that contains itself is refused with one issue that says where", () => {
  test.each<[string, unknown, string]>([
    [
      "where fields are known",
      tied((spec) => {
        const step: Loose = { name: "a", template: "m" }
        const leaf = { name: "m", steps: [[step]] }
        step["inline"] = leaf
        spec["templates"] = [leaf]
      }),
      "spec.templates[0].steps[0][0].inline: contains itself: it is spec.templates[0]",
    ],
    [
      "below a field that nobody knows",
      tied((spec) => {
        spec["nothing"] = self()
      }),
      "spec.nothing.a: contains itself: it is spec.nothing",
    ],
    [
      "in what is carried as it is",
      tied((spec) => {
        spec["affinity"] = self()
      }),
      "spec.affinity.a: contains itself: it is spec.affinity",
    ],
    [
      "in a value that no type allows",
      tied((spec) => {
        spec["entrypoint"] = self()
      }),
      "spec.entrypoint.a: contains itself: it is spec.entrypoint",
    ],
    [
      "in a field that is refused",
      tied((spec) => {
        spec["executorPlugins"] = [self()]
      }),
      "spec.executorPlugins[0].a: contains itself: it is spec.executorPlugins[0]",
    ],
    [
      "in the items of a loop",
      tied((spec, leaf) => {
        const items: unknown[] = [1]
        items.push(items)
        const step = { name: "a", template: "m", withItems: items }
        spec["templates"] = [leaf, { name: "s", steps: [[step]] }]
      }),
      "spec.templates[1].steps[0][0].withItems[1]: contains itself: it is spec.templates[1].steps[0][0].withItems",
    ],
    [
      "in a plugin's argument",
      tied((_spec, leaf) => {
        delete leaf["container"]
        leaf["plugin"] = { say: self() }
      }),
      "spec.templates[0].plugin.say.a: contains itself: it is spec.templates[0].plugin.say",
    ],
  ])("%s", async (_where, manifest, expected) => {
    const parsed = parseWorkflow(manifest)
    expect(parsed.ok ? [] : parsed.issues.map(formatIssue)).toEqual([expected])
    expect(lintWorkflows([manifest]).map(formatIssue)).toEqual([expected])
    await expect(simulateWorkflow(manifest)).rejects.toThrow(expected)
  })

  test("as YAML it is refused before it is a manifest", () => {
    const parsed = parseManifests("kind: Workflow\nspec: &s\n  affinity: { x: *s }\n")
    expect(parsed.ok ? [] : parsed.issues).toMatchObject([
      { code: "InvalidAlias", message: "line 3:19: alias *s refers to &s, which contains it" },
    ])
  })
})
