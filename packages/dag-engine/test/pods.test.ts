import { createClusterSim } from "@argo-ts/cluster-sim"
import { ClusterError, createManager } from "@argo-ts/k8s"
import { isJsonObject, type JsonObject, type Kind, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { workflows, workflowTaskResults } from "../src/api/kinds.js"
import { type NodeOutputs, type Template, type Workflow, workflowKinds } from "../src/index.js"
import {
  type PodExecutorOptions,
  podExecutor,
  workflowControllers,
} from "../src/kubernetes/index.js"
import { pods, volumeClaims } from "../src/kubernetes/pods/kinds.js"

const serviceAccounts = builtInKind("v1", "ServiceAccount") as Kind
const key = { namespace: "team", name: "demo" }

type Script = JsonObject

/** Pods take a second to run and one to end, so that there is something to see in between. */
const taking = { startMs: 1_000, readyMs: 1_000, exitMs: 1_000 }

function open(scripts: readonly { readonly image: string; readonly behavior: Script }[] = []) {
  const clock = createVirtualClock()
  const sim = createClusterSim({
    clock,
    namespaces: ["team"],
    kinds: workflowKinds,
    nodes: [{ name: "node-0", labels: { disk: "ssd" } }],
    pods: { default: taking, rules: scripts as never },
    // What the executor writes is to be seen, not what admission adds to it.
    serviceAccountAutomount: false,
  })
  const { cluster } = sim
  const start = (shape: Pick<PodExecutorOptions, "images"> = {}) => {
    const executor = podExecutor({ cluster, ...shape })
    const controllers = workflowControllers({ executors: [executor] })
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    return async () => {
      controllers.close()
      executor.close()
      await manager.stop()
    }
  }
  const status = async () => (await cluster.get(workflows, key))?.status
  const node = async (displayName: string) =>
    Object.values((await status())?.nodes ?? {}).find((each) => each.displayName === displayName)
  const allPods = async () => (await cluster.list(pods, { namespace: "team" })).items
  /** Plays upstream's executor: reports what a node left. */
  const report = (name: string, outputs: NodeOutputs) =>
    cluster.create(workflowTaskResults, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "WorkflowTaskResult",
      metadata: {
        name,
        namespace: "team",
        labels: {
          "workflows.argoproj.io/workflow": "demo",
          "workflows.argoproj.io/report-outputs-completed": "true",
        },
      },
      outputs,
    })
  return { clock, cluster, sim, start, status, node, allPods, report, close: () => sim.close() }
}

function workflow(templates: readonly Template[], spec: Partial<Workflow["spec"]> = {}): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "team" },
    spec: { entrypoint: "main", templates, ...spec },
  }
}

const main = (more: Partial<Template> = {}): Template => ({
  name: "main",
  container: { image: "alpine", command: ["echo"], args: ["hello"] },
  ...more,
})

function envOf(container: JsonObject): { readonly [name: string]: unknown } {
  const env = container["env"] as readonly { readonly name: string; readonly value?: string }[]
  return Object.fromEntries(env.map(({ name, value }) => [name, value]))
}

function containerOf(spec: JsonObject, list: string, name: string): JsonObject {
  const all = spec[list] as readonly JsonObject[]
  return all.find((each) => each["name"] === name) as JsonObject
}

test("a pod has upstream's shape: its executor takes in, wraps and reports", async () => {
  const { clock, cluster, start, allPods, status } = open()
  start()
  const template = main({
    inputs: {
      parameters: [{ name: "who", value: "world" }],
      artifacts: [{ name: "in", path: "/data/in", raw: { data: "x" } }],
    },
    metadata: { labels: { tier: "low" } },
    nodeSelector: { disk: "ssd" },
    activeDeadlineSeconds: 60,
    volumes: [{ name: "cache", emptyDir: {} }],
    container: {
      image: "alpine",
      command: ["sh", "-c"],
      args: ["echo {{inputs.parameters.who}}"],
      env: [{ name: "MINE", value: "1" }],
      volumeMounts: [{ name: "cache", mountPath: "/cache" }],
    },
    sidecars: [{ name: "db", image: "postgres", command: ["postgres"] }],
  })
  await cluster.create(serviceAccounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: "team", name: "runner" },
  })
  await cluster.create(
    workflows,
    workflow([template], {
      serviceAccountName: "runner",
      podMetadata: { labels: { team: "shop" }, annotations: { note: "x" } },
      podSpecPatch: "terminationGracePeriodSeconds: 7",
    }),
  )
  await clock.advance(500)
  const [pod] = await allPods()
  expect(pod?.metadata).toMatchObject({
    name: "demo",
    labels: {
      tier: "low",
      team: "shop",
      "workflows.argoproj.io/workflow": "demo",
      "workflows.argoproj.io/completed": "false",
    },
    annotations: {
      note: "x",
      "workflows.argoproj.io/node-name": "demo",
      "workflows.argoproj.io/node-id": "demo",
      "kubectl.kubernetes.io/default-container": "main",
    },
    ownerReferences: [{ kind: "Workflow", name: "demo", controller: true }],
  })
  const spec = pod?.spec as JsonObject
  expect(spec).toMatchObject({
    restartPolicy: "Never",
    serviceAccountName: "runner",
    nodeSelector: { disk: "ssd" },
    activeDeadlineSeconds: 60,
    terminationGracePeriodSeconds: 7,
  })
  const names = (list: string) => (spec[list] as readonly JsonObject[]).map(({ name }) => name)
  expect(names("initContainers")).toEqual(["init"])
  expect(names("containers")).toEqual(["wait", "main", "db"])
  expect(names("volumes")).toEqual(["var-run-argo", "tmp-dir-argo", "input-artifacts", "cache"])
  const wait = containerOf(spec, "containers", "wait")
  expect(wait["command"]).toEqual([
    "argoexec",
    "wait",
    "--loglevel",
    "info",
    "--log-format",
    "text",
  ])
  expect(wait["volumeMounts"]).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ mountPath: "/mainctrfs/cache" }),
      { name: "input-artifacts", mountPath: "/mainctrfs/data/in", subPath: "in" },
    ]),
  )
  const wrapped = containerOf(spec, "containers", "main")
  expect(wrapped["command"]).toEqual([
    "/var/run/argo/argoexec",
    "emissary",
    "--loglevel",
    "info",
    "--log-format",
    "text",
    "--",
    "sh",
    "-c",
  ])
  expect(wrapped["args"]).toEqual(["echo world"])
  expect(wrapped["volumeMounts"]).toEqual([
    { name: "cache", mountPath: "/cache" },
    { name: "var-run-argo", mountPath: "/var/run/argo" },
    { name: "input-artifacts", mountPath: "/data/in", subPath: "in" },
  ])
  const env = envOf(wrapped)
  expect(env).toMatchObject({
    MINE: "1",
    ARGO_CONTAINER_NAME: "main",
    ARGO_NODE_ID: "demo",
    ARGO_WORKFLOW_NAME: "demo",
    ARGO_INCLUDE_SCRIPT_OUTPUT: "false",
    ARGO_DEADLINE: "1970-01-01T00:01:00Z",
  })
  const carried = JSON.parse(String(env["ARGO_TEMPLATE"])) as Template
  expect(carried.container?.args).toEqual(["echo world"])
  // Parameters have been inserted; only artifacts are carried.
  expect(carried.inputs).toMatchObject({ artifacts: [{ name: "in" }] })
  expect(carried.inputs?.parameters).toBeUndefined()
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Succeeded" })
  const [done] = await allPods()
  expect(done?.metadata.labels?.["workflows.argoproj.io/completed"]).toBe("true")
})

test("a script is staged, its result awaited from its report", async () => {
  const { clock, cluster, start, allPods, node, report } = open()
  start()
  await cluster.create(
    workflows,
    workflow([
      {
        name: "main",
        steps: [
          [{ name: "draw", template: "draw" }],
          [
            {
              name: "use",
              template: "use",
              arguments: { parameters: [{ name: "n", value: "{{steps.draw.outputs.result}}" }] },
            },
          ],
        ],
      },
      { name: "draw", script: { image: "python", command: ["python"], source: "print(7)" } },
      { ...main(), name: "use", inputs: { parameters: [{ name: "n" }] } },
    ]),
  )
  await clock.advance(30_000)
  const [pod] = await allPods()
  const script = containerOf(pod?.spec as JsonObject, "containers", "main")
  expect(script["args"]).toEqual(["/argo/staging/script"])
  expect(envOf(script)["ARGO_INCLUDE_SCRIPT_OUTPUT"]).toBe("true")
  // The pod has succeeded, and its result is not there yet.
  expect(pod?.status?.phase).toBe("Succeeded")
  const running = await node("draw")
  expect(running).toMatchObject({ phase: "Running" })
  await report(running?.id ?? "", { result: "7" })
  await clock.advance(30_000)
  expect(await node("draw")).toMatchObject({ phase: "Succeeded", outputs: { result: "7" } })
  expect((await node("use"))?.inputs?.parameters).toEqual([{ name: "n", value: "7" }])
  expect(await node("use")).toMatchObject({ phase: "Succeeded" })
})

test("what is never reported is missed after ten minutes", async () => {
  const { clock, cluster, start, status } = open()
  start()
  const outputs = { parameters: [{ name: "word", valueFrom: { path: "/tmp/word" } }] }
  await cluster.create(workflows, workflow([main({ outputs })]))
  await clock.advance(590_000)
  expect(await status()).toMatchObject({ phase: "Running" })
  await clock.advance(30_000)
  expect(await status()).toMatchObject({
    phase: "Error",
    message: "output parameter 'word' (/tmp/word) was not produced",
  })
})

test("whose logs are meant: of a set's containers main, or the last", async () => {
  const { clock, cluster, start, allPods } = open()
  start()
  const set = (name: string, names: readonly string[]): Template => ({
    name,
    containerSet: {
      containers: names.map((each) => ({ name: each, image: "alpine", command: ["x"] })),
    },
  })
  const tasks = ["plain", "named"].map((name) => ({ name, template: name }))
  const templates = [set("plain", ["a", "b"]), set("named", ["main", "b"])]
  await cluster.create(workflows, workflow([{ name: "main", dag: { tasks } }, ...templates]))
  await clock.advance(500)
  const all = (await allPods()).map(({ metadata }) => [
    metadata.name.split("-")[1],
    metadata.annotations?.["kubectl.kubernetes.io/default-container"],
  ])
  expect(Object.fromEntries(all)).toEqual({ plain: "b", named: "main" })
})

test("exit codes, images that cannot be pulled and vanished pods show in the node", async () => {
  const { clock, cluster, start, allPods, node, status } = open([
    { image: "broken", behavior: { exitCode: 3 } },
    { image: "absent", behavior: { pullError: "no such image" } },
  ])
  start()
  const step = (name: string, image: string): Template => ({
    name,
    container: { image, command: ["x"] },
  })
  await cluster.create(
    workflows,
    workflow([
      {
        name: "main",
        dag: {
          tasks: [
            { name: "fails", template: "fails" },
            { name: "waits", template: "waits" },
            { name: "goes", template: "goes" },
            { name: "parts", template: "parts" },
          ],
        },
      },
      step("fails", "broken"),
      step("waits", "absent"),
      step("goes", "alpine"),
      {
        name: "parts",
        containerSet: { containers: [{ name: "part", image: "alpine", command: ["x"] }] },
      },
    ]),
  )
  await clock.advance(1000)
  for (const { metadata } of await allPods()) {
    const { namespace = "", name } = metadata
    if (!/-(goes|parts)-/.test(name)) continue
    await cluster.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 })
  }
  await clock.advance(30_000)
  expect(await node("fails")).toMatchObject({ phase: "Failed", outputs: { exitCode: "3" } })
  expect((await node("fails"))?.message).toMatch(/^(main|wait): Error \(exit code 3\)$/)
  expect(await node("goes")).toMatchObject({ phase: "Error", message: "pod deleted" })
  expect(await node("parts")).toMatchObject({ phase: "Error", message: "pod deleted" })
  expect(await node("part")).toMatchObject({ phase: "Error", message: "container deleted" })
  const waits = await node("waits")
  expect(waits).toMatchObject({ phase: "Pending" })
  expect(waits?.message).toContain("no such image")
  await cluster.patch(workflows, key, { type: "merge", patch: { spec: { shutdown: "Terminate" } } })
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Failed" })
  expect((await allPods()).map(({ metadata }) => metadata.name)).toEqual([
    expect.stringContaining("-fails-"),
  ])
})

test("a controller that starts again finds its pods and makes none twice", async () => {
  const { clock, cluster, start, allPods, status } = open()
  const stop = start()
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(1500)
  const [before] = await allPods()
  await stop()
  await clock.advance(60_000)
  start()
  await clock.advance(60_000)
  const after = await allPods()
  expect(after.map(({ metadata }) => metadata.uid)).toEqual([before?.metadata.uid])
  expect(await status()).toMatchObject({ phase: "Succeeded" })
})

test("a daemon is ready when its pod is, at its address, and goes when it has served", async () => {
  const { clock, cluster, start, node, status } = open([
    { image: "server", behavior: { exitMs: null, readyMs: 5000 } },
  ])
  start()
  await cluster.create(
    workflows,
    workflow([
      {
        name: "main",
        steps: [
          [{ name: "server", template: "server" }],
          [
            {
              name: "client",
              template: "client",
              arguments: { parameters: [{ name: "at", value: "{{steps.server.ip}}" }] },
            },
          ],
        ],
      },
      { name: "server", daemon: true, container: { image: "server", command: ["serve"] } },
      { ...main(), name: "client", inputs: { parameters: [{ name: "at" }] } },
    ]),
  )
  await clock.advance(7000)
  const server = await node("server")
  expect(server).toMatchObject({ phase: "Running", daemoned: true })
  expect(server?.podIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect((await node("client"))?.inputs?.parameters?.[0]?.value).toBe(server?.podIP)
  await clock.advance(60_000)
  expect(await node("server")).toMatchObject({ phase: "Succeeded" })
  expect(await status()).toMatchObject({ phase: "Succeeded" })
})

test("volume claims are made before any pod and deleted with success", async () => {
  const { clock, cluster, start, allPods, status } = open()
  start()
  const template = main()
  await cluster.create(
    workflows,
    workflow(
      [
        {
          ...template,
          container: {
            ...template.container,
            volumeMounts: [{ name: "work", mountPath: "/work" }],
          },
        },
      ],
      {
        volumeClaimTemplates: [
          {
            metadata: { name: "work" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    ),
  )
  await clock.advance(500)
  const claims = (await cluster.list(volumeClaims, { namespace: "team" })).items
  expect(claims.map(({ metadata }) => metadata.name)).toEqual(["demo-work"])
  expect(claims[0]?.metadata.ownerReferences).toMatchObject([{ kind: "Workflow", name: "demo" }])
  const [pod] = await allPods()
  expect(pod?.spec["volumes"]).toEqual(
    expect.arrayContaining([{ name: "work", persistentVolumeClaim: { claimName: "demo-work" } }]),
  )
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Succeeded" })
  expect((await cluster.list(volumeClaims, { namespace: "team" })).items).toEqual([])
})

test.each(["OnPodCompletion", "OnWorkflowCompletion"])(
  "podGC %s deletes pods",
  async (strategy) => {
    const { clock, cluster, start, allPods, status } = open()
    start()
    await cluster.create(workflows, workflow([main()], { podGC: { strategy } }))
    await clock.advance(60_000)
    expect(await status()).toMatchObject({ phase: "Succeeded" })
    expect(await allPods()).toEqual([])
  },
)

test("what passes is no reason not to run: a service account that cannot be read just now", async () => {
  const { clock, cluster, sim, start, status } = open()
  start()
  await cluster.create(serviceAccounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "worker", namespace: "team" },
  })
  const away = new ClusterError("ServiceUnavailable", "away")
  sim.failNext(away, (verb, kind) => verb === "get" && kind.kind === "ServiceAccount")
  const executor = { serviceAccountName: "worker" }
  await cluster.create(workflows, workflow([main({ executor })]))
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Succeeded" })
})

test("a container without a command needs the images; a hostile namesake is left alone", async () => {
  const { clock, cluster, start, status, allPods } = open()
  start()
  await cluster.create(workflows, workflow([main({ container: { image: "alpine" } })]))
  await clock.advance(10_000)
  expect((await status())?.message).toContain('the container "main" names no command')
  await cluster.delete(workflows, key)
  await clock.advance(10_000)
  await cluster.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: key,
    spec: { containers: [{ name: "x", image: "x" }] },
  })
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(10_000)
  expect(await status()).toMatchObject({
    phase: "Error",
    message:
      "error in entry template execution: a pod named demo is there, and is not the workflow's",
  })
  expect(await allPods()).toHaveLength(1)
})

test("a container without a command runs what its image does, where that is told", async () => {
  const images = { alpine: { command: ["/bin/sh"], args: ["-c", "true"] } }
  const { clock, cluster, start, allPods } = open()
  start({ images })
  const steps: Template = {
    name: "main",
    steps: [
      [
        { name: "bare", template: "bare" },
        { name: "own", template: "own" },
      ],
    ],
  }
  const leaves = [
    main({ name: "bare", container: { image: "alpine" } }),
    main({ name: "own", container: { image: "alpine", args: ["-c", "false"] } }),
  ]
  await cluster.create(workflows, workflow([steps, ...leaves]))
  await clock.advance(500)
  const shown = (await allPods()).map(({ spec }) => containerOf(spec, "containers", "main"))
  for (const { command } of shown) {
    expect((command as readonly string[]).slice(-2)).toEqual(["--", "/bin/sh"])
  }
  expect(shown.map(({ args }) => args)).toEqual([
    ["-c", "true"],
    ["-c", "false"],
  ])
})

test.each(["/cache/", "/"])(
  "an input inside the volume at %s has no mount of its own",
  async (mountPath) => {
    const { clock, cluster, start, allPods } = open()
    start()
    const volumeMounts = [{ name: "cache", mountPath }]
    const template = main({
      inputs: { artifacts: [{ name: "in", path: "/cache/in", raw: { data: "x" } }] },
      volumes: [{ name: "cache", emptyDir: {} }],
      container: { image: "alpine", command: ["true"], volumeMounts },
    })
    await cluster.create(workflows, workflow([template]))
    await clock.advance(500)
    const [pod] = await allPods()
    const mounts = containerOf(pod?.spec as JsonObject, "containers", "main")["volumeMounts"]
    expect(mounts).not.toContainEqual(expect.objectContaining({ name: "input-artifacts" }))
  },
)

test("Secrets of artifacts are mounted for the executor, and it sees what main has mounted", async () => {
  const { clock, cluster, start, allPods } = open()
  start()
  const s3 = {
    bucket: "b",
    accessKeySecret: { name: "minio", key: "access" },
    secretKeySecret: { name: "minio", key: "secret" },
  }
  const template = main({
    inputs: { artifacts: [{ name: "in", path: "/cache/in", s3: { ...s3, key: "k" } }] },
    volumes: [{ name: "cache", emptyDir: {} }],
    container: {
      image: "alpine",
      command: ["true"],
      volumeMounts: [{ name: "cache", mountPath: "/cache" }],
    },
  })
  await cluster.create(workflows, workflow([template]))
  await clock.advance(500)
  const [pod] = await allPods()
  const items = ["access", "secret"].map((each) => ({ key: each, path: each }))
  expect(pod?.spec["volumes"]).toContainEqual({
    name: "minio",
    secret: expect.objectContaining({ secretName: "minio", items }),
  })
  const mounts = (list: string, name: string) =>
    containerOf(pod?.spec as JsonObject, list, name)["volumeMounts"] as readonly JsonObject[]
  const secretMount = { name: "minio", mountPath: "/argo/secret/minio", readOnly: true }
  const mirrored = { name: "cache", mountPath: "/mainctrfs/cache" }
  for (const of of [mounts("initContainers", "init"), mounts("containers", "wait")]) {
    expect(of).toContainEqual(secretMount)
    expect(of).toContainEqual(mirrored)
  }
  // The input lies in the volume that main has mounted there: it has no mount of its own.
  expect(mounts("containers", "main").map(({ name }) => name)).not.toContain("input-artifacts")
  expect(mounts("containers", "main")).not.toContainEqual(secretMount)
})

test("attempts avoid the machines of those before where the strategy says so", async () => {
  const { clock, cluster, start, allPods } = open([{ image: "alpine", behavior: { exitCode: 1 } }])
  start()
  const retryStrategy = {
    limit: 1,
    retryPolicy: "Always" as const,
    affinity: { nodeAntiAffinity: {} },
  }
  await cluster.create(workflows, workflow([main({ retryStrategy })]))
  await clock.advance(60_000)
  const second = (await allPods()).find(({ metadata }) =>
    metadata.annotations?.["workflows.argoproj.io/node-name"]?.endsWith("(1)"),
  )
  const affinity = second?.spec["affinity"]
  expect(isJsonObject(affinity)).toBe(true)
  expect(JSON.stringify(affinity)).toContain('"key":"kubernetes.io/hostname","operator":"NotIn"')
})
