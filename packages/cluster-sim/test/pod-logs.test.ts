import { epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

const pods = builtInKind("v1", "Pod") as Kind<KubernetesObject>
const key = { namespace: "default", name: "one" }

/** States tell whole seconds: an end in the middle of one must not hide what came before it. */
test.each([0, 1, 400, 999])(
  "all lines of a run can be read after its end, %i ms into a second",
  async (ms) => {
    const clock = createVirtualClock(epochMs(1_767_225_600_000 + ms))
    const logs = [{ everyMs: 100, text: "tick" }]
    const behavior = { startMs: 0, exitMs: 2_350, logs }
    const sim = createClusterSim({ clock, pods: { default: behavior } })
    await sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: key,
      spec: { restartPolicy: "Never", containers: [{ name: "a", image: "x" }] },
    } as KubernetesObject)
    await clock.advance(60_000)
    const { lines, isEnded } = sim.podLogs("default", "one")
    expect([lines.length, isEnded]).toEqual([24, true])
    await sim.close()
  },
)

test("a script answers commands, and what it does not answer is refused", async () => {
  const clock = createVirtualClock()
  const sim = createClusterSim({
    clock,
    pods: {
      rules: [
        {
          image: "talks",
          behavior: {
            exec: ({ command, stdin, container }) => ({
              stdout: `${container}: ${command.join(" ")} ${stdin}`,
              stderr: "hm",
              exitCode: 3,
            }),
          },
        },
      ],
    },
  })
  const make = (name: string, image: string) =>
    sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...key, name },
      spec: { containers: [{ name: "a", image }] },
    } as KubernetesObject)
  await make("talks", "talks:1")
  await make("silent", "silent:1")
  const target = { namespace: "default", pod: "talks" }
  await expect(sim.exec(target, ["ls"])).rejects.toThrow("container a of pod talks is not running")
  await clock.advance(10_000)
  expect(await sim.exec(target, ["cat", "-"], { stdin: "in" })).toEqual({
    exitCode: 3,
    stdout: "a: cat - in",
    stderr: "hm",
  })
  const refusal = (name: string) => sim.exec({ ...target, pod: name }, ["ls"])
  await expect(refusal("silent")).rejects.toThrow("runs by a script that answers no commands")
  await expect(refusal("none")).rejects.toThrow('pods "none" not found')
  await expect(sim.exec({ ...target, container: "b" }, ["ls"])).rejects.toThrow(
    "container b is not valid",
  )
  expect(() => sim.openAttach(target)).toThrow("attach is not served")
  await expect(sim.portForward(target, 80)).rejects.toThrow("no ports are served")
  await sim.close()
})
