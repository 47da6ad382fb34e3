import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, events } from "@argo-ts/k8s"
import { defineKind, type JsonObject, silentLogger, type UntypedObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { workflows, workflowTaskResults, workflowTemplates } from "../src/api/kinds.js"
import { type Template, type Workflow, workflowKinds } from "../src/index.js"
import {
  type ConfigMap,
  type PodExecutorOptions,
  podExecutor,
  retryInCluster,
  type WorkflowControllerOptions,
  workflowControllers,
} from "../src/kubernetes/index.js"
import { pods } from "../src/kubernetes/pods/kinds.js"

const namespace = "team"
const key = { namespace, name: "demo" }
const core = { group: "", version: "v1", scope: "Namespaced", hasStatus: false } as const
const configMaps = defineKind<ConfigMap>({ ...core, kind: "ConfigMap", plural: "configmaps" })
const accounts = defineKind<UntypedObject>({
  ...core,
  kind: "ServiceAccount",
  plural: "serviceaccounts",
})
const budgets = defineKind<UntypedObject>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  scope: "Namespaced",
  hasStatus: true,
})

/** Pods take a second to run and one to end, so that there is something to see in between. */
const taking = { startMs: 1_000, readyMs: 1_000, exitMs: 1_000 }

function open(
  shape: Partial<PodExecutorOptions> = {},
  rules: readonly JsonObject[] = [],
  more: Partial<WorkflowControllerOptions> = {},
) {
  const clock = createVirtualClock()
  const sim = createClusterSim({
    clock,
    namespaces: [namespace],
    kinds: workflowKinds,
    nodes: [{ name: "node-0" }],
    pods: { default: taking, rules: rules as never },
  })
  const { cluster } = sim
  const executor = podExecutor({ cluster, ...shape })
  const controllers = workflowControllers({ executors: [executor], ...more })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const status = async () => (await cluster.get(workflows, key))?.status
  const onePod = async () => (await cluster.list(pods, { namespace })).items[0]
  return { clock, cluster, status, onePod }
}

const main = (more: Partial<Template> = {}): Template => ({
  name: "main",
  container: { image: "alpine", command: ["echo"] },
  ...more,
})

function workflow(templates: readonly Template[], spec: Partial<Workflow["spec"]> = {}): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: key,
    spec: { entrypoint: "main", templates, ...spec },
  }
}

type Containers = readonly {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}[]

const list = (spec: JsonObject | undefined, field: string) => spec?.[field] as unknown as Containers

test("a template that no environment holds goes into a ConfigMap that every container sees", async () => {
  const { clock, cluster, status, onePod } = open()
  const script = `# ${"x".repeat(140_000)}\n`
  const template = main({ initContainers: [{ name: "warm", image: "alpine", command: ["true"] }] })
  const { container: _container, ...rest } = template
  await cluster.create(
    workflows,
    workflow([{ ...rest, script: { image: "python", command: ["python"], source: script } }]),
  )
  await clock.advance(500)
  const pod = await onePod()
  const config = await cluster.get(configMaps, { namespace, name: "demo" })
  const carried = JSON.parse(config?.data?.["ARGO_TEMPLATE"] ?? "{}") as Template
  expect(carried.script?.source).toBe(script)
  expect(config?.metadata).toMatchObject({
    labels: { "workflows.argoproj.io/workflow": "demo" },
    annotations: {
      "workflows.argoproj.io/node-name": "demo",
      "workflows.argoproj.io/node-id": "demo",
    },
    ownerReferences: [{ kind: "Workflow", name: "demo", controller: true }],
  })
  const all = [...list(pod?.spec, "initContainers"), ...list(pod?.spec, "containers")]
  expect(all.map(({ name }) => name)).toEqual(["init", "warm", "wait", "main"])
  for (const { volumeMounts = [], env = [] } of all) {
    expect(volumeMounts).toContainEqual({ name: "argo-env-config", mountPath: "/argo/config" })
    const carriedAs = env.find(({ name }) => name === "ARGO_TEMPLATE")?.value ?? "offloaded"
    expect(carriedAs).toBe("offloaded")
  }
  expect(pod?.spec["volumes"]).toContainEqual({
    name: "argo-env-config",
    configMap: { name: "demo", defaultMode: 420 },
  })
  await clock.advance(60_000)
  expect((await status())?.phase).toBe("Succeeded")
})

test("a template that fits stays in the environment, and makes no ConfigMap", async () => {
  const { clock, cluster } = open()
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(500)
  expect(await cluster.get(configMaps, { namespace, name: "demo" })).toBeUndefined()
})

test("with the status finalizer a pod that somebody deletes is kept until its end is read", async () => {
  const { clock, cluster, status, onePod } = open({ statusFinalizer: true })
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(300)
  expect((await onePod())?.metadata.finalizers).toEqual(["workflows.argoproj.io/status"])
  await clock.advance(60_000)
  expect((await status())?.phase).toBe("Succeeded")
  expect((await onePod())?.metadata.finalizers ?? []).toEqual([])
})

test("a deleted pod with the finalizer ends its node as its containers did, and then goes", async () => {
  const rules = [{ image: "alpine", behavior: { exitMs: 600_000 } }]
  const { clock, cluster, status, onePod } = open({ statusFinalizer: true }, rules)
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(30_000)
  await cluster.delete(pods, key)
  await clock.advance(120_000)
  const { phase, message } = (await status()) ?? {}
  expect(phase).toBe("Failed")
  expect(message).not.toContain("pod deleted")
  expect(await onePod()).toBeUndefined()
})

test("a stopped pod that no node took is given up at once", async () => {
  const { clock, cluster, status, onePod } = open({ statusFinalizer: true })
  await cluster.create(workflows, workflow([main({ nodeSelector: { disk: "none" } })]))
  await clock.advance(5000)
  expect((await status())?.nodes?.["demo"]?.message).toContain("Unschedulable")
  const patch = { spec: { shutdown: "Terminate" } }
  await cluster.patch(workflows, key, { type: "merge", patch })
  await clock.advance(60_000)
  expect((await status())?.phase).toBe("Failed")
  expect(await onePod()).toBeUndefined()
})

test("the executor speaks with a token of its own, and only it", async () => {
  const { clock, cluster, onePod } = open()
  await cluster.create(accounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "argo-executor", namespace },
    secrets: [{ name: "executor-token" }],
  })
  await cluster.create(
    workflows,
    workflow([main()], {
      automountServiceAccountToken: false,
      executor: { serviceAccountName: "argo-executor" },
    }),
  )
  await clock.advance(500)
  const spec = (await onePod())?.spec
  expect(spec?.["automountServiceAccountToken"]).toBe(false)
  expect(spec?.["volumes"]).toContainEqual(
    expect.objectContaining({
      name: "exec-sa-token",
      secret: expect.objectContaining({ secretName: "executor-token" }),
    }),
  )
  const having = [...list(spec, "initContainers"), ...list(spec, "containers")]
    .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === "exec-sa-token"))
    .map(({ name }) => name)
  expect(having).toEqual(["init", "wait"])
})

test("a pod without any token is refused in words", async () => {
  const { clock, cluster, status } = open()
  await cluster.create(workflows, workflow([main({ automountServiceAccountToken: false })]))
  await clock.advance(5000)
  expect(await status()).toMatchObject({
    phase: "Error",
    message:
      "error in entry template execution: executor.serviceAccountName must not be empty if automountServiceAccountToken is false",
  })
})

test("fields of the workflow and the template shape the pod, the template's first", async () => {
  const { clock, cluster, onePod } = open()
  await cluster.create(
    workflows,
    workflow(
      [
        main({
          tolerations: [{ key: "own", operator: "Exists" }],
          hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
          podSpecPatch: '{"terminationGracePeriodSeconds": 9}',
        }),
      ],
      {
        podMetadata: { labels: { team: "shop" }, annotations: { note: "n" } },
        imagePullSecrets: [{ name: "registry" }],
        hostNetwork: true,
        dnsPolicy: "None",
        dnsConfig: { nameservers: ["10.0.0.53"] },
        schedulerName: "default-scheduler",
        tolerations: [{ key: "common", operator: "Exists" }],
        hostAliases: [{ ip: "10.0.0.2", hostnames: ["b"] }],
        securityContext: { runAsUser: 8737 },
        nodeSelector: { "kubernetes.io/hostname": "node-0" },
        podSpecPatch: "terminationGracePeriodSeconds: 5\nenableServiceLinks: false",
      },
    ),
  )
  await clock.advance(500)
  const pod = await onePod()
  expect(pod?.metadata).toMatchObject({ labels: { team: "shop" }, annotations: { note: "n" } })
  expect(pod?.spec).toMatchObject({
    imagePullSecrets: [{ name: "registry" }],
    hostNetwork: true,
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["10.0.0.53"] },
    hostAliases: [
      { ip: "10.0.0.1", hostnames: ["a"] },
      { ip: "10.0.0.2", hostnames: ["b"] },
    ],
    securityContext: { runAsUser: 8737 },
    nodeSelector: { "kubernetes.io/hostname": "node-0" },
    terminationGracePeriodSeconds: 9,
    enableServiceLinks: false,
  })
  const tolerations = pod?.spec["tolerations"] as readonly { readonly key?: string }[]
  expect(tolerations.map((each) => each.key)).toContain("own")
  expect(tolerations.map((each) => each.key)).not.toContain("common")
})

test("pods run where the body around them wants them, as far as their own template says nothing", async () => {
  const { clock, cluster } = open()
  const toleration = (key: string) => ({ key, operator: "Exists" })
  await cluster.create(
    workflows,
    workflow(
      [
        {
          name: "main",
          nodeSelector: { "kubernetes.io/hostname": "node-0" },
          tolerations: [toleration("body")],
          affinity: { podAffinity: {} },
          dag: {
            tasks: [
              { name: "plain", template: "plain" },
              { name: "own", template: "own" },
            ],
          },
        },
        main({ name: "plain" }),
        main({ name: "own", tolerations: [toleration("own")] }),
      ],
      { nodeSelector: { "kubernetes.io/hostname": "elsewhere" }, tolerations: [toleration("all")] },
    ),
  )
  await clock.advance(500)
  const { items } = await cluster.list(pods, { namespace: "team" })
  const wished = items.map(({ metadata, spec }) => {
    const keys = (spec["tolerations"] as readonly { readonly key: string }[]).map(({ key }) => key)
    const known = keys.filter((key) => ["all", "body", "own"].includes(key))
    return [metadata.name?.split("-")[1], spec["nodeSelector"], spec["affinity"], known]
  })
  const onNode = [{ "kubernetes.io/hostname": "node-0" }, { podAffinity: {} }]
  expect(wished.toSorted()).toEqual([
    ["own", ...onNode, ["own"]],
    ["plain", ...onNode, ["body"]],
  ])
})

test("pods of another object's template wear its podMetadata, over the workflow's and below the template's own", async () => {
  const { clock, cluster, onePod } = open()
  const metadata = { labels: { own: "template" }, annotations: { note: "template" } }
  await cluster.create(workflowTemplates, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTemplate",
    metadata: { namespace, name: "shared" },
    spec: {
      podMetadata: { labels: { own: "no", team: "theirs" }, annotations: { note: "no" } },
      templates: [main({ metadata })],
    },
  })
  const step = { name: "a", templateRef: { name: "shared", template: "main" } }
  const spec = { podMetadata: { labels: { own: "no", team: "no", of: "workflow" } } }
  await cluster.create(workflows, workflow([{ name: "main", steps: [[step]] }], spec))
  await clock.advance(500)
  expect((await onePod())?.metadata).toMatchObject({
    labels: { own: "template", team: "theirs", of: "workflow" },
    annotations: { note: "template" },
  })
})

test("what the workflow says of pods may name a step's inputs and its pod", async () => {
  const { clock, cluster } = open()
  const inputs = (value: string) => ({ parameters: [{ name: "n", value }] })
  const container = {
    image: "alpine",
    command: ["true"],
    volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }],
  }
  const leaf = (name: string) => ({ name, inputs: inputs(`claim-${name}`), container })
  const claimName = "{{workflow.parameters.p}}-{{inputs.parameters.n}}"
  await cluster.create(
    workflows,
    workflow(
      [
        {
          name: "main",
          steps: [
            [
              { name: "a", template: "a" },
              { name: "b", template: "b" },
            ],
          ],
        },
        leaf("a"),
        leaf("b"),
      ],
      {
        arguments: { parameters: [{ name: "p", value: "my" }] },
        volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
        podMetadata: { labels: { pod: "{{pod.name}}" } },
      },
    ),
  )
  await clock.advance(500)
  const { items } = await cluster.list(pods, { namespace })
  const claims = items.map(({ spec }) => {
    const volumes = spec["volumes"] as readonly JsonObject[]
    return volumes.find(({ name }) => name === "v")?.["persistentVolumeClaim"]
  })
  expect(claims).toEqual([{ claimName: "my-claim-a" }, { claimName: "my-claim-b" }])
  for (const { metadata, spec } of items) {
    expect(metadata.labels).toMatchObject({ pod: metadata.name })
    const wait = (spec["containers"] as readonly JsonObject[]).find(({ name }) => name === "wait")
    expect(wait?.["volumeMounts"]).toContainEqual({ name: "v", mountPath: "/mainctrfs/v" })
  }
})

test("podDisruptionBudget protects the pods of the workflow while it runs", async () => {
  const { clock, cluster, status } = open()
  const spec = { podDisruptionBudget: { minAvailable: 9999 } }
  await cluster.create(workflows, workflow([main()], spec))
  await clock.advance(500)
  expect(await cluster.get(budgets, key)).toMatchObject({
    metadata: { ownerReferences: [{ kind: "Workflow", name: "demo" }] },
    spec: {
      minAvailable: 9999,
      selector: { matchLabels: { "workflows.argoproj.io/workflow": "demo" } },
    },
  })
  await clock.advance(60_000)
  expect((await status())?.phase).toBe("Succeeded")
  expect(await cluster.get(budgets, key)).toBeUndefined()
})

test("a workflow is tried again in its cluster: old pods and reports are gone before new ones begin", async () => {
  const { clock, cluster, status } = open({}, [{ image: "flaky", behavior: { exitCode: 1 } }])
  const flaky = { name: "flaky", container: { image: "flaky", command: ["x"] } }
  const steps = [[{ name: "good", template: "good" }], [{ name: "bad", template: "flaky" }]]
  await cluster.create(
    workflows,
    workflow([{ name: "main", steps }, { ...main(), name: "good" }, flaky]),
  )
  await clock.advance(120_000)
  expect((await status())?.phase).toBe("Failed")
  const find = async (name: string) =>
    Object.values((await status())?.nodes ?? {}).find((node) => node.displayName === name)
  const bad = await find("bad")
  await cluster.create(workflowTaskResults, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTaskResult",
    metadata: { name: bad?.id ?? "", namespace },
    phase: "Error",
    message: "of an earlier life",
  })
  const before = await cluster.list(pods, { namespace })
  const again = await retryInCluster(cluster, key, { now: clock.now() })
  expect(again.ok).toBe(true)
  await clock.advance(120_000)
  const after = await cluster.list(pods, { namespace })
  const uids = (pods: typeof before, name: string) =>
    pods.items.filter((pod) => pod.metadata.name.includes(name)).map((pod) => pod.metadata.uid)
  expect(uids(after, "good")).toEqual(uids(before, "good"))
  expect(uids(after, "flaky")).toHaveLength(1)
  expect(uids(after, "flaky")).not.toEqual(uids(before, "flaky"))
  expect(await find("bad")).toMatchObject({ phase: "Failed", message: "main: Error (exit code 1)" })
  const absent = await retryInCluster(cluster, { namespace, name: "none" }, { now: clock.now() })
  expect(absent).toMatchObject({ ok: false, issues: [{ code: "UnknownWorkflow" }] })
})

test("Events tell of nodes where they are asked for", async () => {
  const { clock, cluster } = open({}, [{ image: "alpine", behavior: { exitCode: 3 } }], {
    nodeEvents: true,
  })
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(120_000)
  const { items } = await cluster.list(events, { namespace })
  const told = items
    .filter(({ involvedObject }) => involvedObject.kind === "Workflow")
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  expect(told.toSorted()).toEqual([
    "Normal WorkflowNodeRunning: Running node demo",
    "Normal WorkflowRunning: Workflow Running",
    "Warning WorkflowFailed: main: Error (exit code 3)",
    "Warning WorkflowNodeFailed: Failed node demo: main: Error (exit code 3)",
  ])
})

test("a step tells how far it is, and the workflow with it", async () => {
  const rules = [{ image: "alpine", behavior: { exitMs: 600_000 } }]
  const { clock, cluster, status } = open({}, rules)
  await cluster.create(workflows, workflow([main()]))
  await clock.advance(30_000)
  const told = (progress: string) => ({
    apiVersion: "argoproj.io/v1alpha1" as const,
    kind: "WorkflowTaskResult" as const,
    metadata: { name: "demo", namespace },
    progress,
  })
  const seen = async () => {
    await clock.advance(1000)
    const { progress, nodes } = (await status()) ?? {}
    return [progress, nodes?.["demo"]?.progress]
  }
  expect(await seen()).toEqual(["0/1", "0/1"])
  await cluster.create(workflowTaskResults, told("3/10"))
  expect(await seen()).toEqual(["3/10", "3/10"])
  for (const progress of ["7/20", "30/20", "all/20"]) {
    const patch = { progress }
    await cluster.patch(workflowTaskResults, key, { type: "merge", patch })
    expect(await seen()).toEqual(["7/20", "7/20"])
  }
  await clock.advance(600_000)
  expect(await status()).toMatchObject({
    phase: "Succeeded",
    progress: "20/20",
    nodes: { demo: { progress: "20/20" } },
  })
})

test("pods of exit handlers say so in a label, and what pods took is in their nodes and the workflow", async () => {
  const { clock, cluster, status } = open()
  await cluster.create(
    workflows,
    workflow(
      [
        { ...main(), name: "main" },
        { ...main(), name: "bye" },
      ],
      { onExit: "bye" },
    ),
  )
  await clock.advance(60_000)
  const { items } = await cluster.list(pods, { namespace })
  const labels = items.map(({ metadata }) => metadata.labels?.["workflows.argoproj.io/on-exit"])
  expect(labels.filter((label) => label === "true")).toHaveLength(1)
  expect(items).toHaveLength(2)
  const { nodes = {}, resourcesDuration = {} } = (await status()) ?? {}
  const each = Object.values(nodes).map((node) => node.resourcesDuration ?? {})
  expect(each.map((one) => Object.keys(one).toSorted())).toEqual([
    ["cpu", "memory"],
    ["cpu", "memory"],
  ])
  const memory = each.reduce((sum, one) => sum + (one["memory"] ?? 0), 0)
  expect(memory).toBeGreaterThan(0)
  expect(resourcesDuration["memory"]).toBe(memory)
})

test("a finished workflow's pods are looked for once, also by the next controller", async () => {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({
    clock,
    namespaces: [namespace],
    kinds: workflowKinds,
    nodes: [{ name: "node-0" }],
  })
  let lists = 0
  const counting: typeof cluster = {
    ...cluster,
    list: (kind, options) => {
      if (kind.kind === "Pod" && options?.labelSelector !== undefined) lists++
      return cluster.list(kind, options)
    },
  }
  const start = async () => {
    const controllers = workflowControllers({ executors: [podExecutor({ cluster: counting })] })
    const manager = createManager({ cluster: counting, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    await clock.advance(60_000)
    controllers.close()
    await manager.stop()
  }
  const podGC = { strategy: "OnWorkflowCompletion" }
  await cluster.create(workflows, workflow([main()], { podGC }))
  await start()
  expect((await cluster.list(pods, { namespace })).items).toEqual([])
  const { status, metadata } = (await cluster.get(workflows, key)) as Workflow
  expect(metadata.annotations).toMatchObject({
    "dag-engine.argo-ts.dev/pods-deleted": status?.finishedAt,
  })
  const before = lists
  expect(before).toBeGreaterThan(0)
  await start()
  expect(lists).toBe(before)
})

test("an archive forgets what it has kept long enough: at the start, and then once a period", async () => {
  const asked: number[] = []
  const store = {
    snapshot: async () => undefined,
    release: () => undefined,
    prune: async (before: number) => asked.push(before),
  }
  const { clock, cluster } = open({}, [], {
    archive: { store, retention: { ttlMs: 60_000, store, periodMs: 3_600_000 } },
  })
  await cluster.create(workflows, workflow([main()]))
  const at = clock.now()
  await clock.advance(2.5 * 3_600_000)
  expect(asked.map((before) => before - at)).toEqual([
    Math.max(0, at - 60_000) - at,
    3_600_000 - 60_000,
    7_200_000 - 60_000,
  ])
})
