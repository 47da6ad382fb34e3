import { describe, expect, test } from "vitest"
import { scriptAnnotation } from "../src/index.js"
import { type Loose, pod, pods, world } from "./world.js"

const scripted = (script: object, spec: object = {}): Loose =>
  pod(spec, { annotations: { [scriptAnnotation]: JSON.stringify(script) } })
const main = (each: Loose | undefined): Loose => each?.["status"].containerStatuses[0]

describe("a pod's life", () => {
  test("init containers run in order, a sidecar beside them, and ends with the pod", async () => {
    const { clock, sim, pod: get, problems } = world()
    const initContainers = [
      { name: "proxy", image: "proxy:1", restartPolicy: "Always" },
      { name: "first", image: "init:1" },
      { name: "second", image: "init:1" },
    ]
    const second = { exitMs: 1_000 }
    const script = { ...second, containers: { first: second, second } }
    await sim.cluster.create(pods, scripted(script, { initContainers, restartPolicy: "Never" }))
    await clock.advance(500)
    const early = await get("web")
    expect(early?.["status"].initContainerStatuses).toMatchObject([
      { name: "proxy", started: true, state: { running: {} } },
      { name: "first", state: { running: {} } },
      { name: "second", state: { waiting: { reason: "PodInitializing" } } },
    ])
    expect(early?.["status"].phase).toBe("Pending")
    await clock.advance(2_700)
    expect(main(await get("web"))["state"].running).toBeDefined()
    await clock.advance(10_000)
    const done = await get("web")
    expect(done?.["status"]).toMatchObject({
      phase: "Succeeded",
      initContainerStatuses: [
        { name: "proxy", state: { terminated: { exitCode: 0 } } },
        { name: "first", ready: true },
        { name: "second", ready: true },
      ],
    })
    expect(problems).toEqual([])
  })

  test("an init container that fails ends a pod that never restarts", async () => {
    const { clock, sim, pod: get } = world()
    const spec = { initContainers: [{ name: "first", image: "init:1" }], restartPolicy: "Never" }
    await sim.cluster.create(pods, scripted({ containers: { first: { exitCode: 3 } } }, spec))
    await clock.advance(10_000)
    expect((await get("web"))?.["status"]).toMatchObject({
      phase: "Failed",
      initContainerStatuses: [{ state: { terminated: { exitCode: 3, reason: "Error" } } }],
      containerStatuses: [{ state: { waiting: { reason: "PodInitializing" } } }],
    })
  })

  test("waits longer after each crash, and says how long as Go does", async () => {
    const { clock, sim, pod: get } = world()
    await sim.cluster.create(pods, scripted({ exits: [{ afterMs: 2_000, exitCode: 1 }] }))
    const waits = new Set<string>()
    for (let second = 0; second < 1_200; second++) {
      await clock.advance(1_000)
      const text: string = main(await get("web"))?.["state"].waiting?.message ?? ""
      if (text.startsWith("back-off")) waits.add(text.split(" ")[1] ?? "")
    }
    expect([...waits]).toEqual(["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"])
  })

  test("ends run by run: killed for memory, then well", async () => {
    const { clock, sim, pod: get, events } = world()
    const exits = [{ afterMs: 2_000, reason: "OOMKilled" }, { afterMs: null }]
    await sim.cluster.create(pods, scripted({ exits }))
    await clock.advance(4_000)
    expect(main(await get("web"))).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
    })
    expect(await events("BackOff")).toEqual([])
    await clock.advance(60_000)
    expect(main(await get("web"))).toMatchObject({ restartCount: 1, ready: true })
  })

  test("names every gate that keeps it from being ready", async () => {
    const { clock, sim, pod: get } = world()
    const readinessGates = [{ conditionType: "a/live" }, { conditionType: "b/warm" }]
    await sim.cluster.create(pods, scripted({}, { readinessGates }))
    await clock.advance(5_000)
    const { conditions } = (await get("web"))?.["status"] ?? {}
    expect(conditions).toContainEqual(
      expect.objectContaining({
        type: "Ready",
        message:
          'corresponding condition of pod readiness gate "a/live" does not exist., corresponding condition of pod readiness gate "b/warm" does not exist.',
      }),
    )
  })

  test("starts again at once, then after 10, 20, 40 s, and at once when it ran for ten minutes", async () => {
    const { clock, sim, pod: get } = world()
    const exits = [0, 0, 0, 0, 600_000, 0].map((afterMs) => ({ afterMs, exitCode: 1 }))
    await sim.cluster.create(pods, scripted({ startMs: 0, exits }))
    const seen: [number, number, string][] = []
    for (let second = 0; second < 700; second++) {
      await clock.advance(second === 0 ? 500 : 1_000)
      const { restartCount, state } = main(await get("web"))
      const is = state.waiting?.message.match(/back-off \w+/)?.[0] ?? "running"
      if (is !== seen.at(-1)?.[2]) seen.push([second, restartCount, is])
    }
    expect(seen).toEqual([
      [0, 1, "back-off 10s"],
      [10, 2, "back-off 20s"],
      [30, 3, "back-off 40s"],
      [70, 4, "running"],
      [670, 5, "back-off 2m40s"],
    ])
  })

  test("a liveness probe that fails restarts, readiness comes and goes", async () => {
    const { clock, sim, pod: get, events } = world()
    const readiness = [{ atMs: 5_000, ready: false }]
    await sim.cluster.create(pods, scripted({ readiness, livenessFailsMs: 9_000 }))
    await clock.advance(4_000)
    expect(main(await get("web"))["ready"]).toBe(true)
    await clock.advance(3_000)
    expect(main(await get("web"))["ready"]).toBe(false)
    await clock.advance(5_000)
    expect(main(await get("web"))["lastState"].terminated.exitCode).toBe(137)
    expect((await events("Unhealthy")).map((each) => each["message"]).toSorted()).toEqual([
      "Liveness probe failed: the script says so",
      "Readiness probe failed: the script says so",
    ])
  })

  test("an image that does not come is tried again after 10, 20, 40 s", async () => {
    const { clock, sim, pod: get, events } = world()
    await sim.cluster.create(pods, scripted({ pullError: "no such image" }))
    const seen: [number, string][] = []
    for (let second = 0; second < 80; second++) {
      await clock.advance(second === 0 ? 500 : 1_000)
      const { reason } = main(await get("web"))["state"].waiting
      if (reason !== seen.at(-1)?.[1]) seen.push([second, reason])
    }
    expect(seen).toEqual([
      [0, "ErrImagePull"],
      [1, "ImagePullBackOff"],
      [10, "ErrImagePull"],
      [11, "ImagePullBackOff"],
      [30, "ErrImagePull"],
      [31, "ImagePullBackOff"],
      [70, "ErrImagePull"],
      [71, "ImagePullBackOff"],
    ])
    expect((await events("BackOff"))[0]).toMatchObject({ count: 4 })
  })

  test("says why an image does not come, and what is wrong with a script", async () => {
    const { clock, sim, pod: get, events } = world()
    await sim.cluster.create(pods, scripted({ pullError: "no such image" }))
    await clock.advance(100)
    expect(main(await get("web"))["state"].waiting.reason).toBe("ErrImagePull")
    await clock.advance(5_000)
    expect(main(await get("web"))["state"].waiting.reason).toBe("ImagePullBackOff")
    expect(await events("Pulling")).toHaveLength(1)
    await sim.cluster.create(
      pods,
      pod({}, { name: "odd", annotations: { [scriptAnnotation]: "nonsense" } }),
    )
    await clock.advance(5_000)
    expect(await events("InvalidScript")).toHaveLength(1)
  })

  test("is told to stop, and its last status says how it ended", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(pods, scripted({ terminateMs: 40_000 }))
    await clock.advance(5_000)
    const last: Loose[] = []
    sim.onWrite(({ kind: { plural }, after }) => {
      if (plural === "pods" && after !== undefined) last.push(after as unknown as Loose)
    })
    await sim.cluster.delete(pods, { namespace: "default", name: "web" })
    await clock.advance(60_000)
    expect(last.at(-1)?.["status"]).toMatchObject({
      phase: "Failed",
      containerStatuses: [
        { state: { terminated: { exitCode: 137, finishedAt: "2026-01-01T00:00:35Z" } } },
      ],
    })
  })
})

describe("logs and usage", () => {
  test("come from the script and the time", async () => {
    const { clock, sim } = world()
    const logs = ["up", { atMs: 1_000, everyMs: 1_000, text: "tick", stream: "stderr" }]
    const usage = [
      { cpu: "100m", memory: "64Mi" },
      { atMs: 3_000, cpu: "900m" },
    ]
    await sim.cluster.create(pods, scripted({ logs, usage }))
    const read = () => sim.podLogs("default", "web")
    await clock.advance(500)
    expect(read).toThrow('container "main" in pod "web" is waiting to start: ContainerCreating')
    await clock.advance(3_000)
    expect(read().lines.map(({ text }) => text)).toEqual(["up", "tick", "tick"])
    expect(sim.podLogs("default", "web", { tailLines: 1 }).lines).toMatchObject([
      { stream: "stderr", text: "tick" },
    ])
    expect(() => sim.podLogs("default", "web", { previous: true })).toThrow("not found")
    expect(() => sim.podLogs("default", "other")).toThrow('pods "other" not found')
    const used = () => sim.podMetrics("default")[0]?.containers[0]?.usage
    expect(used()).toEqual({ cpu: "100m", memory: "64Mi" })
    await clock.advance(2_000)
    expect(used()).toEqual({ cpu: "900m", memory: "64Mi" })
  })
})
