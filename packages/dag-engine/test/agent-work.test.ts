import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, describe, expect, test } from "vitest"
import {
  httpExecutor,
  type Plugins,
  pluginExecutor,
  type Workflow,
  type WorkflowSpec,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { podExecutor, workflowControllers } from "../src/kubernetes/index.js"
import { pods } from "../src/kubernetes/pods/kinds.js"

const key = { namespace: "default", name: "w" }
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function world(plugins: Plugins = {}) {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const start = (more: Plugins = plugins) => {
    const executors = [podExecutor({ cluster }), httpExecutor(), pluginExecutor(more)]
    const controllers = workflowControllers({ executors })
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    return async () => {
      controllers.close()
      await manager.stop()
    }
  }
  const submit = async (spec: WorkflowSpec) => {
    await cluster.create(workflows, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: key,
      spec,
    })
    await clock.advance(10_000)
  }
  const status = async () => ((await cluster.get(workflows, key)) as Workflow).status
  const nodes = async () =>
    Object.fromEntries(
      Object.values((await status())?.nodes ?? {}).map((node) => [node.displayName, node]),
    )
  return { clock, cluster, start, submit, status, nodes }
}

const said: WorkflowSpec = {
  entrypoint: "main",
  templates: [
    {
      name: "main",
      steps: [
        [{ name: "ask", template: "ask" }],
        [
          {
            name: "tell",
            template: "tell",
            arguments: {
              parameters: [{ name: "text", value: "{{steps.ask.outputs.parameters.word}}" }],
            },
          },
        ],
      ],
    },
    {
      name: "ask",
      outputs: { parameters: [{ name: "word", valueFrom: { path: "/word" } }] },
      plugin: { oracle: { of: "{{workflow.name}}" } },
    },
    {
      name: "tell",
      inputs: { parameters: [{ name: "text" }] },
      plugin: { slack: { text: "{{inputs.parameters.text}}" } },
    },
  ],
}

describe("what upstream has done by an agent's pod, the controller does itself", () => {
  test("plugins hand on their outputs, and no pod is made", async () => {
    const told: unknown[] = []
    const { start, submit, status, nodes, cluster } = world({
      oracle: (argument) => ({
        phase: "Succeeded",
        parameters: { word: `hello ${(argument as { of: string }).of}` },
      }),
      slack: (argument) => {
        told.push(argument)
        return { phase: "Succeeded", message: "sent", result: "ts-1" }
      },
    })
    start()
    await submit(said)
    expect(await status()).toMatchObject({ phase: "Succeeded", progress: "2/2" })
    expect(told).toEqual([{ text: "hello w" }])
    expect(await nodes()).toMatchObject({
      ask: { type: "Plugin", outputs: { parameters: [{ name: "word", value: "hello w" }] } },
      tell: { type: "Plugin", phase: "Succeeded", message: "sent", outputs: { result: "ts-1" } },
    })
    expect((await cluster.list(pods, { namespace: "default" })).items).toEqual([])
  })

  test("a plugin that nobody has given is an Error that names it", async () => {
    const { start, submit, status, nodes } = world({})
    start()
    await submit(said)
    expect((await status())?.phase).toBe("Failed")
    expect((await nodes())["ask"]).toMatchObject({
      phase: "Error",
      message: 'no executor runs the plugin "oracle" of the template "ask"',
    })
  })

  test("plugins of the workflow's own are refused by name", async () => {
    const { start, submit, status } = world({})
    start()
    await submit({ ...said, executorPlugins: [{ name: "slack" }] })
    expect(await status()).toMatchObject({ phase: "Failed" })
    expect((await status())?.message).toContain("spec.executorPlugins")
  })

  test("a stopped workflow tells its plugins", async () => {
    const { start, submit, status, nodes, cluster, clock } = world({
      oracle: (_argument, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve({ phase: "Failed", message: "asleep" }))
        }),
    })
    start()
    await submit(said)
    expect((await nodes())["ask"]).toMatchObject({ phase: "Running" })
    await cluster.patch(workflows, key, { type: "merge", patch: { spec: { shutdown: "Stop" } } })
    await clock.advance(10_000)
    expect(await status()).toMatchObject({
      phase: "Failed",
      message: "Stopped with strategy 'Stop'",
    })
    expect((await nodes())["ask"]).toMatchObject({
      phase: "Failed",
      message: "Stopped with strategy 'Stop'",
    })
  })

  test("the next controller asks a plugin again, as the same attempt", async () => {
    const { start, submit, nodes, clock } = world()
    const keys: string[] = []
    const end = start({
      oracle: (_argument, { task }) => {
        keys.push(`${task.key} ${task.isResumed}`)
        return new Promise(() => undefined)
      },
    })
    await submit(said)
    await end()
    start({
      oracle: (_argument, { task }) => {
        keys.push(`${task.key} ${task.isResumed}`)
        return { phase: "Failed", message: "second" }
      },
    })
    await clock.advance(10_000)
    const [first = "", second] = keys
    expect(second).toBe(first.replace("false", "true"))
    expect((await nodes())["ask"]).toMatchObject({ phase: "Failed", message: "second" })
  })

  test("http templates are asked from here, too", async () => {
    const server = createServer((_request, response) => response.end("pong"))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    ends.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const { start, submit, nodes, cluster } = world()
    start()
    const http = { url: `http://127.0.0.1:${port}/` }
    await submit({ entrypoint: "main", templates: [{ name: "main", http }] })
    expect((await nodes())["w"]).toMatchObject({
      type: "HTTP",
      phase: "Succeeded",
      outputs: { result: "pong" },
    })
    expect((await cluster.list(pods, { namespace: "default" })).items).toEqual([])
  })
})
