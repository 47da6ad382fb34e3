import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { type Kind, type KubernetesObject, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import {
  functionExecutor,
  type Parameter,
  runWorkflow,
  simulateExecutor,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { workflowControllers } from "../src/kubernetes/index.js"

/** An argument of the workflow, one of a step, and an input: each from a ConfigMap; and what else the step gives. */
function workflow(
  ofWorkflow: Parameter,
  ofStep: Parameter,
  ofInput: Parameter,
  given: readonly Parameter[] = [],
): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "default" },
    spec: {
      entrypoint: "main",
      arguments: { parameters: [ofWorkflow, { name: "map", value: "settings" }] },
      templates: [
        {
          name: "main",
          steps: [
            [{ name: "say", template: "say", arguments: { parameters: [ofStep, ...given] } }],
          ],
        },
        {
          name: "say",
          inputs: { parameters: [{ name: "step" }, ofInput] },
          container: {
            image: "alpine",
            args: [
              "{{workflow.parameters.first}} {{inputs.parameters.step}} {{inputs.parameters.own}}",
            ],
          },
        },
      ],
    },
  }
}

function ref(name: string, map: string, key: string, more: object = {}): Parameter {
  return { name, valueFrom: { configMapKeyRef: { name: map, key }, ...more } }
}

const settings: { readonly [key: string]: string } = { a: "one", b: "two", c: "three" }

async function said(manifest: Workflow): Promise<string> {
  let text = ""
  const { status } = await runWorkflow(manifest, {
    executors: [
      functionExecutor({
        say: ({ task }) => {
          text = task.template.container?.args?.join() ?? ""
        },
      }),
    ],
    findConfigMap: (name) => (name === "settings" ? settings : undefined),
  })
  return status?.phase === "Succeeded" ? text : `${status?.phase}: ${status?.message ?? ""}`
}

test("arguments and inputs take values from ConfigMaps, whose names may be tags", async () => {
  const manifest = workflow(
    ref("first", "settings", "a"),
    ref("step", "{{workflow.parameters.map}}", "b"),
    ref("own", "settings", "c"),
  )
  expect(await said(manifest)).toBe("one two three")
})

test("an absent map or key falls back to the default, and is an error without one", async () => {
  const first = ref("first", "settings", "a")
  const step = ref("step", "settings", "b")
  const own = ref("own", "settings", "c")
  const missing = (name: string): Parameter => ref(name, "settings", "x", { default: "d" })
  expect(await said(workflow(missing("first"), missing("step"), missing("own")))).toBe("d d d")
  expect(await said(workflow(ref("first", "gone", "a"), step, own))).toBe(
    "Failed: failed to set global parameters: failed to set global parameter first " +
      "from configmap with name gone and key a: ConfigMap 'gone' is not there",
  )
  expect(await said(workflow(first, ref("step", "settings", "toString"), own))).toContain(
    "ConfigMap 'settings' does not have the key 'toString'",
  )
  expect(await said(workflow(first, step, ref("own", "gone", "c")))).toContain(
    "ConfigMap 'gone' is not there",
  )
})

test.each<[string, Parameter, string]>([
  ["value", { name: "own", value: "given" }, "given"],
  ["ConfigMap", ref("own", "settings", "b"), "two"],
  ["ConfigMap's default", ref("own", "settings", "x", { default: "else" }), "else"],
])(
  "an argument's %s counts more than the input's own ConfigMap",
  async (_what, given, expected) => {
    const step = { name: "step", value: "s" }
    const own = ref("own", "settings", "c")
    const manifest = workflow(ref("first", "settings", "a"), step, own, [given])
    expect(await said(manifest)).toBe(`one s ${expected}`)
  },
)

interface ConfigMap extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

test("a controller reads the ConfigMaps that are marked for parameters, and no others", async () => {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const configMaps = builtInKind("v1", "ConfigMap") as Kind<ConfigMap>
  const labels = { "workflows.argoproj.io/configmap-type": "Parameter" }
  for (const [name, more] of [
    ["settings", { labels }],
    ["private", {}],
  ] as const) {
    const metadata = { namespace: "default", name, ...more }
    await cluster.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: settings,
    })
  }
  const controllers = workflowControllers({ executors: [simulateExecutor()] })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const run = async (map: string): Promise<string | undefined> => {
    const manifest = workflow(
      ref("first", map, "a"),
      { name: "step", value: "" },
      { name: "own", value: "" },
    )
    await cluster.create(workflows, { ...manifest, metadata: { name: map, namespace: "default" } })
    await clock.advance(60_000)
    return (await cluster.get(workflows, { namespace: "default", name: map }))?.status?.phase
  }
  expect(await run("settings")).toBe("Succeeded")
  expect(await run("private")).toBe("Failed")
})
