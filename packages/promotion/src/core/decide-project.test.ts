import { epochMs, formatInstant } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { decideProject } from "./decide-project.js"

const now = epochMs(1_767_603_600_000)
const project = {
  apiVersion: "kargo.akuity.io/v1alpha1",
  kind: "Project",
  metadata: { name: "shop", generation: 2 },
}
const labels = { "kargo.akuity.io/project": "true" }
const healthy = { status: { conditions: [{ type: "Healthy", status: "True" }] } } as const
const sick = { status: { conditions: [{ type: "Healthy", status: "False" }] } } as const
const nothing = { warehouses: [], stages: [] }

test("a Project makes its Namespace, adopts one that is labelled, and leaves others alone", () => {
  const missing = decideProject(project, nothing, now)
  expect(missing.actions).toEqual([
    { type: "CreateNamespace", key: "shop/namespace", name: "shop", labels },
  ])
  expect(missing.status.conditions?.[0]).toMatchObject({
    status: "False",
    reason: "NamespaceMissing",
  })
  const ready = decideProject(project, { ...nothing, namespace: { labels } }, now)
  expect(ready).toMatchObject({
    actions: [],
    status: {
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Synced",
          lastTransitionTime: formatInstant(now),
          observedGeneration: 2,
        },
      ],
    },
  })
  for (const other of [{}, { "kargo.akuity.io/project": "false" }])
    expect(decideProject(project, { ...nothing, namespace: { labels: other } }, now)).toMatchObject(
      {
        actions: [],
        status: { conditions: [{ status: "False", reason: "ExistingNamespaceMissingLabel" }] },
      },
    )
})

test("counts what is in it", () => {
  const observed = {
    namespace: { labels },
    warehouses: [healthy, {}],
    stages: [sick, healthy, healthy],
  }
  expect(decideProject(project, observed, now).status.stats).toEqual({
    warehouses: { count: 2, health: { healthy: 1 } },
    stages: { count: 3, health: { healthy: 2 } },
  })
})

property.prop([fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined })])(
  "is deterministic, speaks JSON, and wants nothing more once it has its Namespace",
  (given) => {
    const observed = given === undefined ? nothing : { ...nothing, namespace: { labels: given } }
    const first = decideProject(project, observed, now)
    expect(decideProject(project, observed, now)).toEqual(first)
    expect(JSON.parse(JSON.stringify(first))).toEqual(first)
    const [action] = first.actions
    const namespace = action === undefined ? given : action.labels
    const status = first.status
    const after = { ...nothing, namespace: { labels: namespace ?? {} } }
    expect(decideProject({ ...project, status }, after, now).actions).toEqual([])
  },
)
