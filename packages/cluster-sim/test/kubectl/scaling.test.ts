import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { start } from "../world.js"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

const web = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "web:1", resources: { requests: { cpu: 200m, memory: 64Mi } } }
        - { name: side, image: "side:1", resources: { requests: { cpu: 200m } } }
`
const usage = { cpu: "100m", memory: "32Mi" }

describeKubectls("scaling", (kubectl) => {
  let bench: Bench
  let clock: VirtualClock
  beforeAll(async () => {
    clock = createVirtualClock(start)
    const behavior = { usage, containers: { side: { usage: { cpu: "700m", memory: "1Gi" } } } }
    bench = await openBench(kubectl, { clock, pods: { rules: [{ image: "web:1", behavior }] } })
    bench.file("web.yaml", web)
    await bench.run("apply -f web.yaml")
    await bench.run("run one --image=one:1")
    await clock.advance(10_000)
  })
  afterAll(() => bench.close())

  test("top pods: all, chosen, sorted, by container", async () => {
    const { run } = bench
    const all = await run("top pods")
    expect(all).toMatch(/NAME +CPU\(cores\) +MEMORY\(bytes\)/)
    expect(all).toMatch(/web-\S+ +800m +1056Mi/)
    expect(all).toMatch(/one +1m +16Mi/)
    expect(await run("top pods -l app=web --no-headers")).not.toContain("one")
    expect(await run("top pod one --no-headers")).toMatch(/^one +1m +16Mi/)
    const sorted = (await run("top pods -A --sort-by=cpu --no-headers")).trim().split("\n")
    expect(sorted.at(-1)).toContain("one")
    const containers = await run("top pods --containers -l app=web")
    expect(containers).toMatch(/web-\S+ +side +700m +1024Mi/)
    expect(containers).toMatch(/web-\S+ +web +100m +32Mi/)
    expect((await bench.fails("top pod absent")).stderr).toContain("not found")
  })

  test("top nodes", async () => {
    const text = await bench.run("top nodes")
    expect(text).toMatch(/NAME +CPU\(cores\) +CPU\S+ +MEMORY\(bytes\) +MEMORY\S+/)
    expect(text).toMatch(/node-0 +1601m +0% +2128Mi +0%/)
  })

  test("the metrics API is told of, and read", async () => {
    const { run } = bench
    expect(await run("api-versions")).toContain("metrics.k8s.io/v1beta1")
    expect(await run("api-resources --api-group=metrics.k8s.io")).toMatch(
      /nodes +metrics\.k8s\.io\/v1beta1 +false +NodeMetrics\s+pods +metrics\.k8s\.io\/v1beta1 +true +PodMetrics/,
    )
    const raw = JSON.parse(
      await run("get --raw /apis/metrics.k8s.io/v1beta1/namespaces/default/pods/one"),
    )
    expect(raw).toMatchObject({
      kind: "PodMetrics",
      apiVersion: "metrics.k8s.io/v1beta1",
      metadata: { name: "one", namespace: "default", labels: { run: "one" } },
      window: "15s",
      containers: [{ name: "one", usage: { cpu: "1m", memory: "16Mi" } }],
    })
    const list = JSON.parse(await run("get --raw /apis/metrics.k8s.io/v1beta1/pods"))
    expect(list).toMatchObject({ kind: "PodMetricsList" })
    expect(list.items).toHaveLength(3)
    expect(await run("get pods one")).toMatch(/one +1\/1 +Running/)
    expect(await run("get all -o name")).not.toContain("metrics.k8s.io")
  })

  test("autoscale, and what its autoscaler does", async () => {
    const { run } = bench
    expect(await run("autoscale deployment web --min=1 --max=5 --cpu-percent=80")).toContain(
      "autoscaled",
    )
    expect(await run("get hpa")).toMatch(/web +Deployment\/web +cpu: <unknown>\/80% +1 +5 +0/)
    await clock.advance(300_000)
    // 200 % of what they ask for, where 80 % are the goal: the most there may be.
    expect(await run("get hpa web")).toMatch(/web +Deployment\/web +cpu: 200%\/80% +1 +5 +5/)
    expect(await run("get deployment web")).toMatch(/web +5\/5/)
    const text = await run("describe hpa web")
    expect(text).toMatch(
      /resource cpu on pods +\(as a percentage of request\): +200% \(800m\) \/ 80%/,
    )
    expect(text).toMatch(/Deployment pods: +5 current \/ 5 desired/)
    expect(text).toMatch(
      /AbleToScale +True +ReadyForNewScale +recommended size matches current size/,
    )
    expect(text).toMatch(
      /ScalingActive +True +ValidMetricFound +the HPA was able to successfully calculate a replica count from cpu resource utilization \(percentage of request\)/,
    )
    expect(text).toMatch(
      /ScalingLimited +True +TooManyReplicas +the desired replica count is more than the maximum replica count/,
    )
    expect(text).toMatch(
      /SuccessfulRescale .*New size: 5; reason: cpu resource utilization \(percentage of request\) above target/,
    )
  })

  test("an autoscaler of a workload that is not there says so", async () => {
    const { run, file } = bench
    file(
      "lost.yaml",
      `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: lost }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: nowhere }
  maxReplicas: 3
`,
    )
    await run("apply -f lost.yaml")
    await clock.advance(60_000)
    const text = await run("describe hpa lost")
    expect(text).toMatch(
      /AbleToScale +False +FailedGetScale +the HPA controller was unable to get the target's current scale: deployments\.apps "nowhere" not found/,
    )
    expect(text).toMatch(/Warning +FailedGetScale .*deployments\.apps "nowhere" not found/)
  })
})
