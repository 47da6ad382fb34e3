import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { get } from "node:https"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { a: "1" }
`
/** As `kubectl get deployments,replicasets -o yaml` prints it. */
const printed = `apiVersion: v1
kind: List
metadata: { resourceVersion: "" }
items:
- apiVersion: apps/v1
  kind: ReplicaSet
  metadata:
    name: web-5d4f
    namespace: shop
    uid: 22222222-2222-4222-8222-222222222222
    resourceVersion: "812"
    generation: 1
    creationTimestamp: "2026-01-01T00:00:00Z"
    labels: { app: web, pod-template-hash: 5d4f }
    annotations: { deployment.kubernetes.io/revision: "7" }
    ownerReferences:
    - { apiVersion: apps/v1, kind: Deployment, name: web, uid: 11111111-1111-4111-8111-111111111111, controller: true, blockOwnerDeletion: true }
  spec:
    replicas: 0
    selector: { matchLabels: { app: web, pod-template-hash: 5d4f } }
    template:
      metadata: { labels: { app: web, pod-template-hash: 5d4f } }
      spec: { containers: [{ name: web, image: "web:1" }] }
  status: { replicas: 0, observedGeneration: 1 }
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    uid: 11111111-1111-4111-8111-111111111111
    resourceVersion: "815"
    generation: 3
    creationTimestamp: "2026-01-01T00:00:00Z"
    managedFields:
    - { manager: kubectl, operation: Update, apiVersion: apps/v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: { "f:spec": { "f:replicas": {} } } }
  spec:
    replicas: 0
    selector: { matchLabels: { app: web } }
    template:
      metadata: { creationTimestamp: null, labels: { app: web } }
      spec: { containers: [{ name: web, image: "web:2" }] }
  status: { observedGeneration: 3, replicas: 0 }
`

function find(folder: string, part: string): { readonly text: string; readonly file: string } {
  const file = readdirSync(folder, { recursive: true }).find((each) => String(each).includes(part))
  expect(file).toBeDefined()
  const text = readFileSync(join(folder, String(file)), "utf8")
  return { text, file: String(file) }
}

describe("up", () => {
  test("--data keeps the cluster from one run to the next, readable for this user alone", async () => {
    const directory = directoryWith({ "settings.yaml": configMap })
    const first = await argo(
      directory,
      "up",
      "--data",
      "kept",
      "-f",
      "settings.yaml",
      "--until",
      "0s",
    )
    expect(first).toMatchObject({ code: 0, out: "1 manifests applied; interrupt to stop\n" })
    const kubeconfig = join(directory, "kept", "kubeconfig")
    expect(first.err).toBe(`kubectl --kubeconfig ${kubeconfig} get all\n`)
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, "kept", "cluster", "log.jsonl")).mode & 0o777).toBe(0o600)
    const again = await argo(directory, "up", "--data", "kept", "--export", "out", "--until", "0s")
    expect(again.code).toBe(0)
    expect(find(join(directory, "out"), "settings")).toMatchObject({
      file: join("shop", "configmap", "settings.yaml"),
      text: expect.stringContaining("a: '1'"),
    })
  })

  test("--processes runs pods that name their commands, and ends them", async () => {
    const pod = (name: string, command: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: default }\nspec: { restartPolicy: Never, containers: [{ name: a, image: none${command} }] }\n`
    const directory = directoryWith({
      "pods.yaml": `${pod("real", ', command: [sh, -c, "exit 3"]')}---\n${pod("played", "")}`,
    })
    const args = ["up", "-f", "pods.yaml", "--until", "4s", "--export", "out"]
    const ran = await argo(directory, ...args, "--processes")
    expect(ran).toMatchObject({ code: 0 })
    expect(find(join(directory, "out"), "real").text).toMatch(/exitCode: 3/)
    expect(find(join(directory, "out"), "played").text).toMatch(/exitCode: 0/)
  })

  test("-f reads what kubectl prints: the status and what the server said are not applied", async () => {
    const directory = directoryWith({ "all.yaml": printed })
    const { code, err, out } = await argo(
      directory,
      "up",
      "-f",
      "all.yaml",
      "--export",
      "out",
      "--until",
      "0s",
    )
    expect({ code, out }).toEqual({ code: 0, out: "2 manifests applied; interrupt to stop\n" })
    expect(err).not.toContain("warning")
    const { text } = find(join(directory, "out"), join("deployment.apps", "web"))
    expect(text).not.toContain("11111111-")
    expect(text).toContain("image: web:2")
    const uid = /\n {2}uid: (\S+)/.exec(text)?.[1]
    expect(find(join(directory, "out"), "web-5d4f").text).toContain(`uid: ${uid}`)
  })

  test("-f keeps what kubectl printed without its owner: nothing takes it along", async () => {
    const owner = "{ apiVersion: v1, kind: ConfigMap, name: gone, uid: 3-3-3 }"
    const owned = configMap.replace("{ name:", `{ uid: 4-4-4, ownerReferences: [${owner}], name:`)
    const directory = directoryWith({ "settings.yaml": owned })
    const options = ["up", "-f", "settings.yaml", "--export", "out", "--until", "0s"]
    expect(await argo(directory, ...options)).toMatchObject({ code: 0 })
    expect(find(join(directory, "out"), "settings").text).not.toContain("ownerReferences")
  })

  test("--import creates what another cluster had, owners found again by their new uids", async () => {
    const directory = directoryWith({ "all.yaml": printed })
    const { code, err } = await argo(
      directory,
      "up",
      "--data",
      "kept",
      "--import",
      "all.yaml",
      "--export",
      "out",
      "--until",
      "0s",
    )
    expect(code).toBe(0)
    expect(err).toContain("2 objects imported\n")
    const owner = find(join(directory, "out"), join("deployment.apps", "web")).text
    const uid = /\n {2}uid: (\S+)/.exec(owner)?.[1]
    const owned = find(join(directory, "out"), "web-5d4f").text
    expect(owned).toContain(`uid: ${uid}`)
    // An export is what an import takes, and what is there stays.
    const again = await argo(directory, "up", "--data", "kept", "--import", "out", "--until", "0s")
    expect(again.err).toMatch(/^0 objects imported, \d+ were there already$/m)
    const full = await argo(directory, "up", "--export", "out", "--until", "0s")
    expect(full).toMatchObject({ code: 2 })
    expect(full.err).toContain("--export: expected an empty or a new directory at out")
  })

  test("--data that is damaged, and --data with --log", async () => {
    const directory = directoryWith({ "kept/cluster/snapshot.jsonl": "{}\n" })
    const damaged = await argo(directory, "up", "--data", "kept", "--until", "0s")
    expect(damaged.code).toBe(2)
    expect(damaged.err).toMatch(
      /^argo-ts: the cluster could not be opened: .*the snapshot is damaged/,
    )
    const both = await argo(directory, "up", "--data", "kept", "--log", "x", "--until", "0s")
    expect(both.err).toBe("argo-ts: --data and --log: expected one of them, found both\n")
  })
})

describe("up, as a process", () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL")
  })

  /** Starts the built command, and resolves when it has said what it applied. */
  async function start(directory: string, ...more: string[]): Promise<ChildProcess> {
    const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
    const child = spawn(process.execPath, [bin, "up", "--data", "kept", ...more], {
      cwd: directory,
      stdio: ["ignore", "pipe", "ignore"],
    })
    children.push(child)
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", () =>
        resolve(),
      )
    })
    return child
  }

  function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    return new Promise((resolve) => {
      child.once("close", (code) => resolve(code))
      child.kill(signal)
    })
  }

  interface Config {
    readonly clusters: readonly { readonly cluster: { readonly [key: string]: string } }[]
    readonly users: readonly { readonly user: { readonly [key: string]: string } }[]
  }

  function statusOf(
    directory: string,
    path: string,
    isKnown: boolean,
  ): Promise<number | undefined> {
    const text = readFileSync(join(directory, "kept", "kubeconfig"), "utf8")
    const { clusters, users } = JSON.parse(text) as Config
    const decode = (value: string | undefined): string =>
      Buffer.from(value ?? "", "base64").toString("utf8")
    const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}]
    const identity = {
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    }
    const options = {
      ca: decode(cluster["certificate-authority-data"]),
      agent: false,
      ...(isKnown ? identity : {}),
    }
    return new Promise((resolve, reject) => {
      get(`${cluster["server"]}${path}`, options, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on("error", reject)
    })
  }

  test.skipIf(!existsSync(fileURLToPath(new URL("../dist/bin.js", import.meta.url))))(
    "is killed and goes on; one at a time; nobody gets in unknown",
    async () => {
      const directory = directoryWith({ "settings.yaml": configMap })
      const first = await start(directory, "-f", "settings.yaml")
      const settings = "/api/v1/namespaces/shop/configmaps/settings"
      expect(await statusOf(directory, settings, true)).toBe(200)
      expect(await statusOf(directory, settings, false)).toBe(401)
      const second = await argo(directory, "up", "--data", "kept", "--until", "0s")
      expect(second.code).toBe(2)
      expect(second.err).toContain(`is in use by process ${first.pid}`)
      await stopped(first, "SIGKILL")
      const third = await start(directory)
      expect(await statusOf(directory, settings, true)).toBe(200)
      expect(await stopped(third, "SIGTERM")).toBe(0)
      expect(existsSync(join(directory, "kept", "cluster", "lock"))).toBe(false)
    },
  )
})

test("takes events from those who show the token, and runs what is bound to them", async () => {
  const directory = directoryWith({
    "bound.yaml": `apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: { name: greet, namespace: default }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: who, value: nobody }] }
  templates: [{ name: main, container: { image: none, command: [echo, "{{workflow.parameters.who}}"] } }]
---
apiVersion: argoproj.io/v1alpha1
kind: WorkflowEventBinding
metadata: { name: hello, namespace: default }
spec:
  event: { selector: discriminator == "hello" }
  submit:
    workflowTemplateRef: { name: greet }
    arguments: { parameters: [{ name: who, valueFrom: { event: payload.who } }] }
`,
  })
  const none = await argo(directory, "up", "--events", "0", "--until", "1s")
  expect(none).toMatchObject({
    code: 2,
    err: "argo-ts: --events: expected a token in ARGO_TS_EVENTS_TOKEN, found none\n",
  })
  const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
  const args = [bin, "up", "-f", "bound.yaml", "--events", "0", "--export", "out"]
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, ARGO_TS_EVENTS_TOKEN: "hush" },
    stdio: ["ignore", "ignore", "pipe"],
  })
  const ended = new Promise((resolve) => child.once("exit", resolve))
  const url = await new Promise<string>((resolve) => {
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
    lines.on("line", (line) => {
      const found = /POST (\S+)\/\{namespace\}/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const send = (headers: { [name: string]: string }) =>
    fetch(`${url}/default/hello`, { method: "POST", headers, body: '{"who":"moon"}' })
  expect((await send({})).status).toBe(401)
  expect((await send({ authorization: "Bearer hush" })).status).toBe(200)
  child.kill("SIGINT")
  await ended
  const exported = readdirSync(join(directory, "out"), { recursive: true, encoding: "utf8" })
  const made = exported.filter((path) => /greet-[^/]*\.yaml$/.test(path))
  expect(made).toHaveLength(1)
  expect(readFileSync(join(directory, "out", made[0] ?? ""), "utf8")).toContain("moon")
})
