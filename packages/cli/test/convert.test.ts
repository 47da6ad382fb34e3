import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { convertManifest } from "../src/workflows/former.js"
import { argo, directoryWith } from "./harness.js"

const head = "apiVersion: argoproj.io/v1alpha1\n"
const former = `${head}kind: CronWorkflow
metadata: { name: nightly }
spec:
  schedule: "0 3 * * *"
  timezone: UTC
  workflowSpec:
    entrypoint: main
    synchronization: { mutex: { name: all } }
    templates:
      - name: main
        steps:
          - - name: one
              inline:
                synchronization: { semaphore: { configMapKeyRef: { name: limits, key: db } }, mutexes: [{ name: other }], mutex: { name: own } }
                container: { image: x }
---
${head}kind: WorkflowTemplate
metadata: { name: shared }
spec:
  templateDefaults: { synchronization: { mutex: { name: each } } }
  templates:
    - name: main
      dag: { tasks: [{ name: a, inline: { synchronization: { mutex: { name: task } }, container: { image: x } } }] }
      synchronization: { mutex: { name: main } }
    - { name: data, inputs: { parameters: [{ name: mutex, value: "1" }] }, container: { image: x, env: [{ name: schedule }] } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: other }
data: { schedule: as it is }
`

test("former forms become those of today, wherever they stand, and lint is content", async () => {
  const directory = directoryWith({ "former.yaml": former })
  const before = await argo(directory, "lint", "former.yaml", "--kinds", "cronwf,wftmpl")
  expect(before.code).toBe(1)
  const { code, out, err } = await argo(directory, "convert", "former.yaml")
  expect({ code, err }).toEqual({ code: 0, err: "" })
  expect(out).not.toMatch(/\b(mutex|semaphore|schedule):(?! as it is)/)
  expect(out).toContain("schedule: as it is")
  expect(out.match(/mutexes:\n +- name: (\w+)(\n +- name: other)?/g)).toHaveLength(5)
  expect(out).toMatch(/schedules:\n +- 0 3 \* \* \*\n +timezone: UTC/)
  const after = directoryWith({ "now.yaml": out })
  expect(await argo(after, "lint", "now.yaml", "--kinds", "cronwf,wftmpl")).toMatchObject({
    code: 0,
  })
  expect((await argo(after, "convert", "now.yaml")).out).toBe(out)
})

test("what has no other form is named, and stays", async () => {
  const old = `${head}kind: Workflow
metadata: { generateName: a- }
spec:
  entrypoint: main
  podPriority: 5
  templates: [{ name: main, container: { image: x } }]
`
  const directory = directoryWith({ "old.yaml": old, "broken.yaml": "a: [\n" })
  const { code, out, err } = await argo(directory, "convert", "old.yaml", "-o", "json")
  expect(code).toBe(1)
  expect(err).toBe(
    "old.yaml:6:3: spec.podPriority: has no other form in version 4 (name a PriorityClass in podPriorityClassName)\n",
  )
  expect(JSON.parse(out)).toMatchObject({ kind: "List", items: [{ spec: { podPriority: 5 } }] })
  const broken = await argo(directory, "convert", "broken.yaml")
  expect(broken).toMatchObject({ code: 1, out: "" })
  expect(broken.err).toMatch(/^argo-ts: broken\.yaml:/)
})

const lock = fc.record({ name: fc.string() })
const synchronization = fc.record(
  { mutex: lock, mutexes: fc.array(lock), semaphore: lock, semaphores: fc.array(lock) },
  { requiredKeys: [] },
)

property.prop([synchronization, fc.dictionary(fc.string(), fc.jsonValue())])(
  "no lock is lost or doubled, nothing else changes, and once is enough",
  (held, others) => {
    const manifest = { kind: "Workflow", spec: { ...others, synchronization: held } } as never
    const once = convertManifest(manifest)
    expect(convertManifest(once.manifest).manifest).toEqual(once.manifest)
    const { synchronization: now, ...rest } = once.manifest["spec"] as Record<string, never>
    const { synchronization: _, ...before } = { ...others, synchronization: held }
    if (!Object.keys(others).some((name) => name.startsWith("template")))
      expect(rest).toEqual(before)
    for (const [one, many] of [
      ["mutex", "mutexes"],
      ["semaphore", "semaphores"],
    ] as const) {
      const names = (list: readonly unknown[]): readonly string[] =>
        list.map((each) => JSON.stringify(each))
      const others = names(held[many] ?? [])
      const own = held[one] === undefined ? [] : names([held[one]])
      const expected = own.some((name) => others.includes(name)) ? others : [...own, ...others]
      expect(names(now?.[many] ?? [])).toEqual(expected)
      expect(now).not.toHaveProperty(one)
    }
  },
)
