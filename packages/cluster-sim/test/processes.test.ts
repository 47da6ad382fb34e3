import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { identify, isAlive } from "@argo-ts/kernel/process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"
import { createProcessWorld, type ProcessPod, type ProcessWorld, pods } from "./process-world.js"

let world: ProcessWorld
beforeAll(() => {
  world = createProcessWorld()
})
afterAll(() => world.sim.close())

function stateOf(pod: ProcessPod, name = "main") {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  return [...initContainerStatuses, ...containerStatuses].find((each) => each.name === name)
}

async function untilDead(pid: number): Promise<void> {
  const identity = identify(pid)
  while (isAlive(identity)) await new Promise((resolve) => setTimeout(resolve, 5))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

describe("a run", () => {
  test("its code, its output, its reason", async () => {
    await world.sh("good", "echo out; echo err >&2; printf tail")
    const good = await world.phase("good", "Succeeded")
    expect(stateOf(good)?.state.terminated).toMatchObject({ exitCode: 0, reason: "Completed" })
    expect(world.log("good").toSorted()).toEqual(["err", "out", "tail"])
    await world.sh(
      "bad",
      "echo last words > $WORDS; exit 7",
      {},
      {
        env: [{ name: "WORDS", value: "/words" }],
        terminationMessagePath: "/words",
      },
    )
    const bad = await world.phase("bad", "Failed")
    const { exitCode, reason, message } = stateOf(bad)?.state.terminated ?? {}
    expect({ exitCode, reason, message }).toEqual({
      exitCode: 7,
      reason: "Error",
      message: "last words\n",
    })
  })

  test("a signal is 128 and its number", async () => {
    await world.sh("killed", "kill -KILL $$$$")
    const killed = await world.phase("killed", "Failed")
    expect(stateOf(killed)?.state.terminated).toMatchObject({ exitCode: 137, signal: 9 })
  })

  test("what it leaves running ends with it, and holds nothing up", async () => {
    await world.sh("parent", "sleep 1000 & echo $!")
    await world.phase("parent", "Succeeded")
    await untilDead(Number(world.log("parent")[0]))
  })

  test("a program that is not there is a StartError", async () => {
    await world.pod("absent", { command: ["no-such-program"] })
    const absent = await world.phase("absent", "Failed")
    expect(stateOf(absent)?.state.terminated).toMatchObject({
      exitCode: 128,
      reason: "StartError",
      message: 'exec: "no-such-program": executable file not found in $PATH',
    })
  })

  test("init containers come first; a failed one ends the pod", async () => {
    const volumes = [{ name: "data", emptyDir: {} }]
    const volumeMounts = [{ name: "data", mountPath: "/data" }]
    const init = (name: string, script: string) => ({
      name,
      image: "none",
      command: ["sh", "-c", script],
      volumeMounts,
    })
    const initContainers = [init("a", "echo a >> /data/order"), init("b", "echo b >> /data/order")]
    await world.sh("ordered", "cat /data/order", { volumes, initContainers }, { volumeMounts })
    await world.phase("ordered", "Succeeded")
    expect(world.log("ordered")).toEqual(["a", "b"])
    await world.sh("stuck", "echo never", { initContainers: [init("a", "exit 3")], volumes })
    const stuck = await world.phase("stuck", "Failed")
    expect(stateOf(stuck, "a")?.state.terminated?.exitCode).toBe(3)
  })

  test("a crash backs off and is started again, and its log before can be read", async () => {
    await world.sh("crash", "echo once; exit 1", { restartPolicy: "OnFailure" })
    const waiting = await world.until(
      "crash",
      (pod) => stateOf(pod)?.state.waiting?.reason === "CrashLoopBackOff",
    )
    expect(stateOf(waiting)?.lastState.terminated?.exitCode).toBe(1)
    const { lines, isEnded } = world.sim.podLogs("default", "crash", { previous: true })
    expect([lines.map(({ text }) => text), isEnded]).toEqual([["once"], true])
    const again = await world.until("crash", (pod) => stateOf(pod)?.restartCount === 1)
    expect(again.status?.phase).toBe("Running")
  })

  test("sidecars run beside, and end when nothing is left that they are for", async () => {
    const sidecar = {
      name: "side",
      image: "none",
      restartPolicy: "Always",
      command: ["sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done"],
    }
    await world.sh("main", "sleep 0.1", { initContainers: [sidecar] })
    const done = await world.phase("main", "Succeeded")
    expect(stateOf(done, "side")?.state.terminated?.exitCode).toBe(0)
    expect(world.log("main", "side")[0]).toBe("up")
  })
})

describe("what a container is given", () => {
  test("variables: values, expansions, fields, ConfigMaps and Secrets; nothing of this program", async () => {
    await world.configMap("settings", { "a.b": "dotted", color: "red" })
    await world.secret("token", { key: "hidden" })
    process.env["OF_THE_TEST"] = "leak"
    const env = [
      { name: "PLAIN", value: "x" },
      { name: "BOTH", value: "$(PLAIN)-$(NONE)-$$(PLAIN)" },
      { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "key" } } },
      { name: "MAYBE", valueFrom: { secretKeyRef: { name: "no", key: "key", optional: true } } },
    ]
    const envFrom = [{ prefix: "C_", configMapRef: { name: "settings" } }]
    await world.pod("env", {
      command: ["sh", "-c", 'echo "$0 $1"; env', "$(PLAIN)"],
      args: ["$(NAME)"],
      env,
      envFrom,
    })
    await world.phase("env", "Succeeded")
    const [first, ...lines] = world.log("env")
    expect(first).toBe("x env")
    const known = new Map(lines.map((line) => line.split(/=(.*)/s) as [string, string]))
    expect(Object.fromEntries(known)).toMatchObject({
      PLAIN: "x",
      BOTH: "x-$(NONE)-$(PLAIN)",
      NAME: "env",
      APP: "env",
      IP: "127.0.0.1",
      TOKEN: "hidden",
      C_color: "red",
      HOSTNAME: "env",
    })
    expect(known.has("MAYBE")).toBe(false)
    expect(known.has("OF_THE_TEST")).toBe(false)
  })

  test("what is not there yet is waited for, and told", async () => {
    const envFrom = [{ configMapRef: { name: "later" } }]
    await world.sh("waits", "echo $word", {}, { envFrom })
    const waiting = await world.until(
      "waits",
      (pod) => stateOf(pod)?.state.waiting?.message !== undefined,
    )
    expect(stateOf(waiting)?.state.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: 'configmap "later" not found',
    })
    expect(await world.events("waits")).toContain('Failed: Error: configmap "later" not found')
    await world.configMap("later", { word: "now" })
    await world.phase("waits", "Succeeded")
    expect(world.log("waits")).toEqual(["now"])
  })

  test("volumes are directories, at the paths that the spec says", async () => {
    await world.configMap("files", { one: "1", two: "2" })
    await world.secret("secret", { password: "p" })
    await world.claim("claim")
    const volumes = [
      { name: "c", configMap: { name: "files", items: [{ key: "two", path: "deep/2" }] } },
      {
        name: "p",
        projected: {
          sources: [
            { secret: { name: "secret" } },
            { downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
          ],
        },
      },
      { name: "shared", persistentVolumeClaim: { claimName: "claim" } },
      { name: "scratch", emptyDir: {} },
    ]
    const volumeMounts = [
      { name: "c", mountPath: "/etc/c" },
      { name: "p", mountPath: "/etc/p" },
      { name: "shared", mountPath: "/shared" },
      { name: "scratch", mountPath: "/work/out", subPath: "sub" },
    ]
    const script =
      "cat /etc/c/deep/2 /etc/p/password /etc/p/n; echo; echo kept > /shared/f; pwd; ls"
    const container = { volumeMounts, workingDir: "/work" }
    await world.sh("volumes", script, { volumes }, container)
    await world.phase("volumes", "Succeeded")
    const [content, cwd, ...entries] = world.log("volumes")
    expect([content, entries]).toEqual(["2pvolumes", ["out"]])
    expect(cwd).toMatch(/\/containers\/main\/root\/work$/)
    await world.sh(
      "reader",
      "cat /shared/f",
      { volumes: [volumes[2]] },
      { volumeMounts: [volumeMounts[2]] },
    )
    await world.phase("reader", "Succeeded")
    expect(world.log("reader")).toEqual(["kept"])
  })

  test("who a pod is lies where programs look for it, but for a token: there is no server to show it to", async () => {
    const place = "/var/run/secrets/kubernetes.io/serviceaccount"
    await world.sh("identity", `ls ${place}; cat ${place}/namespace`)
    await world.phase("identity", "Succeeded")
    expect(world.log("identity")).toEqual(["ca.crt", "namespace", "default"])
  })

  test("an emptyDir outlives its containers, and goes with the pod", async () => {
    const directory = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
    const own = createProcessWorld({ processes: { directory } })
    const mount = { volumeMounts: [{ name: "d", mountPath: "/d" }] }
    const volumes = [{ name: "d", emptyDir: {} }]
    await own.sh(
      "keeps",
      "echo x >> /d/f; cat /d/f; exit 1",
      { volumes, restartPolicy: "Always" },
      mount,
    )
    await own.until("keeps", (pod) => stateOf(pod)?.lastState.terminated !== undefined)
    const [folder = ""] = readdirSync(join(directory, "pods"))
    expect(existsSync(join(directory, "pods", folder, "volumes/d/f"))).toBe(true)
    await own.sim.cluster.delete(pods, { namespace: "default", name: "keeps" })
    await own.gone("keeps")
    await own.sim.close()
    expect(readdirSync(join(directory, "pods"))).toEqual([])
    rmSync(directory, { recursive: true })
  })
})

describe("an end that is asked for", () => {
  const stubborn = "trap '' TERM; echo $$$$; while :; do sleep 0.05; done"

  test("obeyed in its own time", async () => {
    await world.sh("polite", "trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.02; done")
    await world.untilLog("polite", "up")
    const ends = world.until("polite", (pod) => stateOf(pod)?.state.terminated !== undefined)
    await world.sim.cluster.delete(pods, { namespace: "default", name: "polite" })
    expect(stateOf(await ends)?.state.terminated?.exitCode).toBe(4)
    await world.gone("polite")
    expect(await world.events("polite")).toContain("Killing: Stopping container main")
  })

  test("not obeyed: the whole group is ended after the grace", async () => {
    await world.sh("stubborn", `sleep 1000 & echo $!; ${stubborn}`)
    await world.phase("stubborn", "Running")
    while (world.log("stubborn").length < 2) await new Promise((resolve) => setImmediate(resolve))
    const [inner, outer] = world.log("stubborn").map(Number)
    const ends = world.until("stubborn", (pod) => stateOf(pod)?.state.terminated !== undefined)
    const options = { gracePeriodSeconds: 1 }
    await world.sim.cluster.delete(pods, { namespace: "default", name: "stubborn" }, options)
    expect(stateOf(await ends)?.state.terminated).toMatchObject({ exitCode: 137, signal: 9 })
    await world.gone("stubborn")
    await Promise.all([untilDead(inner as number), untilDead(outer as number)])
  })

  test("no grace at all", async () => {
    await world.sh("forced", stubborn)
    await world.phase("forced", "Running")
    while (world.log("forced").length < 1) await new Promise((resolve) => setImmediate(resolve))
    const pid = Number(world.log("forced")[0])
    const options = { gracePeriodSeconds: 0 }
    await world.sim.cluster.delete(pods, { namespace: "default", name: "forced" }, options)
    await untilDead(pid)
  })

  test("a pod out of time has failed once its processes are gone", async () => {
    const spec = { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 30 }
    await world.sh("late", "trap 'exit 5' TERM; while :; do sleep 0.02; done", spec)
    const late = await world.phase("late", "Failed")
    expect(late.status?.reason).toBe("DeadlineExceeded")
    expect(stateOf(late)?.state.terminated?.exitCode).toBe(5)
  })
})

describe("probes", () => {
  test("readiness follows the process, on its ports and by commands", async () => {
    const port = await freePort()
    const server = `require("node:http").createServer((q, a) => a.end(q.url)).listen(${port}, "127.0.0.1")`
    await world.pod("served", {
      command: [process.execPath, "-e", server],
      ports: [{ name: "web", containerPort: port }],
      startupProbe: { tcpSocket: { port: "web" }, periodSeconds: 1, failureThreshold: 30 },
      readinessProbe: { httpGet: { path: "/healthy", port: "web" }, periodSeconds: 1 },
    })
    const ready = await world.until("served", (pod) => stateOf(pod)?.ready === true)
    expect(stateOf(ready)?.started).toBe(true)
    const socket = await world.sim.portForward({ namespace: "default", pod: "served" }, "web")
    socket.end("GET /hello HTTP/1.0\r\n\r\n")
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toMatch(/\/hello$/)
    await world.sim.cluster.delete(pods, { namespace: "default", name: "served" })
  })

  test("a container that lives no more is ended and started again", async () => {
    const livenessProbe = {
      exec: { command: ["sh", "-c", "echo no pulse; exit 1"] },
      periodSeconds: 1,
      failureThreshold: 1,
    }
    await world.sh(
      "dead",
      "trap 'exit 0' TERM; while :; do sleep 0.02; done",
      { restartPolicy: "Always" },
      {
        livenessProbe,
      },
    )
    await world.until("dead", (pod) => stateOf(pod)?.lastState.terminated !== undefined)
    const told = await world.events("dead")
    expect(told).toContain("Unhealthy: Liveness probe failed: no pulse")
    expect(told).toContain("Killing: Container main failed liveness probe, will be restarted")
    await world.sim.cluster.delete(pods, { namespace: "default", name: "dead" })
  })
})

describe("what cannot be", () => {
  test.each([
    ["no-command", {}, 'container "main" names no command, and images are not run here (none)'],
    ["terminal", { command: ["sh"], tty: true }, "asks for a terminal"],
    ["hooks", { command: ["sh"], lifecycle: { preStop: { exec: { command: ["a"] } } } }, "hooks"],
    ["grpc", { command: ["sh"], livenessProbe: { grpc: { port: 1 } } }, "over gRPC"],
  ])("%s is refused in words", async (name, container, words) => {
    await world.pod(name, container)
    const pod = await world.until(name, (one) => stateOf(one)?.state.waiting?.message !== undefined)
    expect(stateOf(pod)?.state.waiting?.reason).toBe("CreateContainerError")
    expect(stateOf(pod)?.state.waiting?.message).toContain(words)
  })

  test("volumes of other types", async () => {
    const volumes = [{ name: "n", nfs: { server: "s", path: "/" } }]
    await world.sh("nfs", "true", { volumes })
    await world.until("nfs", (one) => stateOf(one)?.state.waiting?.message !== undefined)
    expect(await world.events("nfs")).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "n" : volumes of type nfs are not supported for pods that run as processes',
    )
  })

  test("a virtual clock; a cluster that does not allow it", async () => {
    const clock = createVirtualClock()
    expect(() => createClusterSim({ clock, processes: {} })).toThrow("a virtual one")
    const sim = createClusterSim({ clock, pods: { default: { run: "process" } } })
    await sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", name: "a" },
      spec: { containers: [{ name: "main", image: "none", command: ["sh"] }] },
    } as ProcessPod)
    await clock.advance(60_000)
    const pod = (await sim.cluster.get(pods, { namespace: "default", name: "a" })) as ProcessPod
    expect(stateOf(pod)?.state.waiting?.message).toContain("created with `processes`")
    await sim.close()
  })
})

describe("nothing outlives the cluster", () => {
  const stubborn = "trap '' TERM; echo $$$$; while :; do sleep 0.05; done"

  test("close ends everything, and what does not obey too", async () => {
    const own = createProcessWorld({ processes: { closeGraceMs: 50 } })
    await own.sh("one", stubborn, { restartPolicy: "Always" })
    await own.phase("one", "Running")
    while (own.log("one").length < 1) await new Promise((resolve) => setImmediate(resolve))
    const pid = Number(own.log("one")[0])
    const identity = identify(pid)
    expect(isAlive(identity)).toBe(true)
    await own.sim.close()
    expect(isAlive(identity)).toBe(false)
  })

  test("a kill of the program ends them, and even one that has left its group", async () => {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, "run-typescript.mjs"),
        join(import.meta.dirname, "process-host.ts"),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    )
    try {
      let text = ""
      for await (const chunk of child.stdout) {
        text += String(chunk)
        if (text.split("\n").length > 3) break
      }
      const found = text.trim().split("\n").map(Number).map(identify)
      expect(found.map(isAlive)).toEqual([true, true, true])
      child.kill("SIGKILL")
      await once(child, "exit")
      const grouped = existsSync("/proc/self/environ") ? found : found.slice(0, 2)
      for (const each of grouped) {
        while (isAlive(each)) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    } finally {
      child.kill("SIGKILL")
    }
  })
})

test("a cluster that is opened again knows that its processes are gone, and starts them anew", async () => {
  const data = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
  const first = createProcessWorld({ data })
  const script = "trap 'exit 0' TERM; while :; do sleep 0.02; done"
  await first.sh("lasting", script, { restartPolicy: "Always" })
  await first.phase("lasting", "Running")
  await first.sim.close()
  const second = createProcessWorld({ data })
  const waiting = await second.until(
    "lasting",
    (pod) => stateOf(pod)?.lastState.terminated !== undefined,
  )
  expect(stateOf(waiting)?.lastState.terminated).toMatchObject({
    exitCode: 137,
    reason: "ContainerStatusUnknown",
  })
  await second.sim.close()
  rmSync(data, { recursive: true })
})

describe("sessions", () => {
  const target = { namespace: "default", pod: "host" }
  beforeAll(async () => {
    const volumes = [{ name: "d", emptyDir: {} }]
    const container = {
      stdin: true,
      env: [{ name: "WHO", value: "me" }],
      volumeMounts: [{ name: "d", mountPath: "/data" }],
    }
    await world.sh(
      "host",
      "echo up; while read -r line; do echo got $line; done",
      { volumes },
      container,
    )
    await world.untilLog("host", "up")
  })

  test("a command runs where its container does, with what is written to it", async () => {
    const command = ["sh", "-c", "cat > /data/f; cat /data/f; echo $WHO >&2; exit 3"]
    expect(await world.sim.exec(target, command, { stdin: "héllo" })).toEqual({
      exitCode: 3,
      stdout: "héllo",
      stderr: "me\n",
    })
    const quiet = await world.sim.exec(target, ["cat"])
    expect(quiet).toEqual({ exitCode: 0, stdout: "", stderr: "" })
    await expect(world.sim.exec(target, ["no-such-program"])).rejects.toThrow(
      'exec: "no-such-program": executable file not found in $PATH',
    )
  })

  test("much output arrives whole, and a command may leave its input unread", async () => {
    const { stdout } = await world.sim.exec(target, ["sh", "-c", "seq 1 200000"], {
      stdin: "x".repeat(1_000_000),
    })
    expect(stdout.trimEnd().split("\n")).toHaveLength(200_000)
  })

  test("a command is killed when it is given up", async () => {
    const giveUp = new AbortController()
    const running = world.sim.exec(target, ["sleep", "1000"], { signal: giveUp.signal })
    giveUp.abort()
    expect((await running).exitCode).toBe(137)
  })

  test("an attachment hears and is heard, and leaves the process alone when it goes", async () => {
    const heard: string[] = []
    const leave = new AbortController()
    const session = world.sim.openAttach(target, { stdin: true })
    async function* input() {
      yield Buffer.from("one\n")
    }
    await session.run({
      stdin: input(),
      onOutput(_stream, chunk) {
        heard.push(Buffer.from(chunk).toString())
        if (heard.join("").includes("got one\n")) leave.abort()
      },
      signal: leave.signal,
    })
    expect(heard.join("")).toBe("got one\n")
    expect(world.log("host")).toEqual(["up", "got one"])
    await world.sh("deaf", "sleep 1000")
    await world.phase("deaf", "Running")
    const deaf = { namespace: "default", pod: "deaf" }
    expect(() => world.sim.openAttach(deaf, { stdin: true })).toThrow("reads no input")
    const ended = world.sim.openAttach(deaf).run({ onOutput: () => undefined })
    await world.sim.cluster.delete(pods, { namespace: "default", name: "deaf" })
    expect(await ended).toBe(0)
  })

  test("a port that nobody listens on", async () => {
    const port = await freePort()
    await expect(world.sim.portForward(target, port)).rejects.toThrow("ECONNREFUSED")
    await expect(world.sim.portForward(target, "web")).rejects.toThrow("has no port web")
  })
})
