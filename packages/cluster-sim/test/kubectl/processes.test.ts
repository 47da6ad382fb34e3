import { afterAll, test as anyTest, beforeAll, expect } from "vitest"
import { type Bench, openBench } from "./harness.js"
import { describeKubectls } from "./kubectls.js"

/** A pod that echoes what it reads, says when it is up, and ends with the code that it is told. */
const host = `apiVersion: v1
kind: Pod
metadata: { name: host }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  volumes: [{ name: data, emptyDir: {} }]
  containers:
    - name: main
      image: none
      stdin: true
      env: [{ name: WHO, value: me }]
      command: [sh, -c, 'echo up; while read -r line; do echo "got $line"; [ "$line" = end ] && exit 0; done']
      volumeMounts: [{ name: data, mountPath: /data }]
    - name: beside
      image: none
      command: [sh, -c, 'exec sleep 1000']
`
const pod = (name: string, script: string): string => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  restartPolicy: Never
  containers: [{ name: main, image: none, command: [sh, -c, '${script}'] }]
`

describeKubectls("processes", (kubectl) => {
  /** Before 1.29 kubectl knows no other stream than SPDY. */
  const test = anyTest.skipIf(kubectl.minor < 29)
  let bench: Bench
  beforeAll(async () => {
    const process = { hasCommand: true, behavior: { run: "process" as const } }
    const scripted = {
      image: "scripted",
      behavior: {
        exec: ({ command }: { readonly command: readonly string[] }) => ({
          stdout: `${command.join(" ")}\n`,
          exitCode: command.includes("fail") ? 4 : 0,
        }),
      },
    }
    bench = await openBench(kubectl, { pods: { rules: [scripted, process] }, processes: {} })
    bench.file("host.yaml", host)
    await bench.run("apply -f host.yaml")
    await bench.run("wait --for=condition=Ready pod/host --timeout=50s")
  })
  afterAll(() => bench.close())

  anyTest.skipIf(kubectl.minor >= 29)(
    "exec and attach over SPDY are refused in words",
    async () => {
      const words = "is served over WebSocket (v5.channel.k8s.io, v4.channel.k8s.io), not over SPDY"
      expect((await bench.fails("exec host -- ls")).stderr).toContain(`exec ${words}`)
      expect((await bench.fails("attach host -c main")).stderr).toContain(`attach ${words}`)
    },
  )

  test("exec: output, code, container, environment", async () => {
    const { run, fails } = bench
    expect(await run(`exec host -- sh -c 'echo $WHO'`)).toBe("me\n")
    expect(await run("exec host -c beside -- sh -c 'echo ${WHO:-nobody}'")).toBe("nobody\n")
    const failed = await fails("exec host -- sh -c 'echo out; echo err >&2; exit 7'")
    expect([failed.code, failed.stdout]).toEqual([7, "out\n"])
    expect(failed.stderr).toContain("err\n")
    expect((await fails("exec host -- no-such-program")).stderr).toContain(
      "executable file not found in $PATH",
    )
    expect((await fails("exec host -c nothing -- ls")).stderr).toContain("nothing")
    expect((await fails("exec none -- ls")).stderr).toContain('pods "none" not found')
  })

  test("exec -i: input to its end, however long; nothing is added or lost", async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_each, index) => index % 251))
    const output = await bench.feed("exec -i host -- cat", input)
    expect(output.equals(input)).toBe(true)
    expect((await bench.feed("exec -i host -- wc -c", input)).toString().trim()).toBe("300000")
  })

  test("cp, there and back", async () => {
    const { run, file, read } = bench
    file("there.txt", "content\n")
    await run("cp there.txt host:/data/copied.txt")
    expect(await run("exec host -- cat /data/copied.txt")).toBe("content\n")
    await run("cp host:/data/copied.txt back.txt")
    expect(read("back.txt")).toBe("content\n")
    await run("cp host:data back")
    expect(read("back/copied.txt")).toBe("content\n")
    await run("cp host:/data all")
    expect(read("all/copied.txt")).toBe("content\n")
  })

  test("a pod that plays a script answers as the script says, or not", async () => {
    const { run, fails } = bench
    await run("run answers --image=scripted")
    await run("run silent --image=silent")
    await run("wait --for=condition=Ready pod/answers pod/silent --timeout=50s")
    expect(await run("exec answers -- ls -l")).toBe("ls -l\n")
    expect((await fails("exec answers -- fail")).code).toBe(4)
    expect((await fails("exec silent -- ls")).stderr).toContain("exec is not served")
    expect((await fails("attach silent")).stderr).toContain("attach is not served")
  })

  test("port-forward is refused in words", async () => {
    expect((await bench.fails("port-forward pod/host 0:80")).stderr).toContain(
      "portforward is not served over HTTP",
    )
  })

  test("logs -f tells what a process writes until it ends", async () => {
    const { run, file, follow } = bench
    const script = "echo 1; until [ -e go ]; do sleep 0.05; done; echo 2; printf end"
    file("writer.yaml", pod("writer", script))
    await run("apply -f writer.yaml")
    await run("wait --for=condition=Ready pod/writer --timeout=50s")
    const lines = await follow("logs -f writer", (line) => {
      if (line === "1") void run("exec writer -- touch go")
      return false
    })
    expect(lines).toEqual(["1", "2", "end"])
    expect(await run("logs writer --tail=1")).toBe("end\n")
    await run("wait --for=jsonpath={.status.phase}=Succeeded pod/writer --timeout=50s")
  })

  test("run: a process that ends, with its code; delete asks and then ends", async () => {
    const { run, file } = bench
    await run("run failing --image=none --restart=Never --command -- sh -c 'echo no; exit 3'")
    await run("wait --for=jsonpath={.status.phase}=Failed pod/failing --timeout=50s")
    const code = "{.status.containerStatuses[0].state.terminated.exitCode}"
    expect(await run(`get pod failing -o 'jsonpath=${code}'`)).toBe("3")
    expect(await run("logs failing")).toBe("no\n")
    file("deaf.yaml", pod("deaf", 'trap "" TERM; while :; do sleep 0.05; done'))
    await run("apply -f deaf.yaml")
    await run("wait --for=condition=Ready pod/deaf --timeout=50s")
    expect(await run("delete pod deaf --grace-period=1")).toContain("deleted")
    expect(await run("get pod deaf --ignore-not-found")).toBe("")
  })

  test("run -i --rm: what is written comes back, and the pod goes", async () => {
    const command = "run echoes -i --rm --quiet --image=none --restart=Never --command -- cat"
    expect((await bench.feed(command, Buffer.from("hello\n"))).toString()).toContain("hello")
    expect(await bench.run("get pod echoes --ignore-not-found")).toBe("")
  })

  test("attach -i hears and is heard, until the process ends", async () => {
    const output = await bench.feed("attach -i host -c main", Buffer.from("one\nend\n"))
    expect(output.toString()).toContain("got one\ngot end\n")
    expect(await bench.run("logs host -c main")).toBe("up\ngot one\ngot end\n")
  })
})
