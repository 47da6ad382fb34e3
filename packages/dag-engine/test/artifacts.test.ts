import { execFileSync } from "node:child_process"
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { serveCluster } from "@argo-ts/cluster-sim/http"
import type { Kind } from "@argo-ts/kernel"
import { createVirtualClock, systemClock } from "@argo-ts/kernel/clock"
import { createGit, type GitAccess } from "@argo-ts/kernel/git"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { parseManifests } from "@argo-ts/kernel/yaml"
import * as tar from "tar"
import { afterAll, expect, test } from "vitest"
import { ZipFile } from "yazl"
import {
  type ArtifactDriver,
  functionExecutor,
  gitArtifacts,
  httpArtifacts,
  parseWorkflow,
  processExecutor,
  runWorkflow,
  type StepFunctions,
  type Template,
  type Workflow,
} from "../src/index.js"
import { secretReader } from "../src/kubernetes/index.js"

const folder = mkdtempSync(join(tmpdir(), "argo-ts-artifacts-test-"))
const ends: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(() => {
  for (const end of ends) end()
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function workflow(templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo" },
    spec: { entrypoint: "main", templates },
  }
}

async function runProcesses(
  templates: readonly Template[],
  artifactDrivers: readonly ArtifactDriver[] = [httpArtifacts()],
): Promise<Workflow> {
  const executor = processExecutor({ directory: mkdtempSync(join(folder, "work-")) })
  return runWorkflow(workflow(templates), { executors: [executor], artifactDrivers })
}

function reader(http: object, script: string, more: object = {}): Template {
  return {
    name: "main",
    inputs: { artifacts: [{ name: "in", path: "/data/in", http, ...more } as never] },
    container: { image: "alpine", command: ["sh", "-c"], args: [script] },
  }
}

function resultOf({ status }: Workflow): string | undefined {
  return Object.values(status?.nodes ?? {})[0]?.outputs?.result
}

test("an http artifact is what its URL serves, with its mode", async () => {
  const url = await serve((_request, response) => response.end("#!/bin/sh\necho it runs\n"))
  const done = await runProcesses([reader({ url: `${url}/tool` }, "/data/in", { mode: 0o755 })])
  expect(done.status?.message ?? "").toBe("")
  expect(resultOf(done)).toBe("it runs")
})

test("a tarball is unpacked unless archive.none says otherwise; one entry stands for itself", async () => {
  const source = join(folder, "source")
  mkdirSync(join(source, "pair"), { recursive: true })
  writeFileSync(join(source, "pair", "one"), "1")
  writeFileSync(join(source, "pair", "two"), "2")
  const one = await packed(source, ["pair"])
  const two = await packed(join(source, "pair"), ["one", "two"])
  const url = await serve((request, response) => response.end(request.url === "/one" ? one : two))
  const list = "cd /data/in && ls | tr '\\n' ' '"
  expect(resultOf(await runProcesses([reader({ url: `${url}/one` }, list)]))).toBe("one two ")
  expect(resultOf(await runProcesses([reader({ url: `${url}/two` }, list)]))).toBe("one two ")
  const asIs = reader({ url: `${url}/two` }, "wc -c < /data/in", { archive: { none: {} } })
  expect(resultOf(await runProcesses([asIs]))?.trim()).toBe(String(two.length))
  const part = reader({ url: `${url}/two` }, "cat /data/in", { subPath: "two" })
  expect(resultOf(await runProcesses([part]))).toBe("2")
})

async function packed(cwd: string, entries: readonly string[]): Promise<Buffer> {
  const file = join(folder, `${entries.join("-")}.tgz`)
  await tar.create({ file, cwd, gzip: true }, [...entries])
  return readFileSync(file)
}

test("a tarball cannot write outside its artifact", async () => {
  const file = join(folder, "hostile.tar")
  const source = join(folder, "hostile")
  mkdirSync(source, { recursive: true })
  writeFileSync(join(source, "escaped"), "out")
  await tar.create({ file, cwd: source, preservePaths: true, prefix: "../../.." }, ["escaped"])
  const bytes = readFileSync(file)
  expect(bytes.toString("latin1")).toContain("../../../escaped")
  const url = await serve((_request, response) => response.end(bytes))
  const done = await runProcesses([reader({ url }, "ls -A /data/in | wc -l")])
  expect(resultOf(done)?.trim()).toBe("0")
  expect(statSync(join(folder, "escaped"), { throwIfNoEntry: false })).toBeUndefined()
})

test("what is declared as a tar and is none, a zip, a failure and an absent file are named", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/zip") return response.end("PK\u0003\u0004 and so on")
    if (request.url === "/none") return response.writeHead(404).end()
    if (request.url === "/broken") return response.writeHead(500).end()
    return response.end("plain")
  })
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["/plain", { archive: { tar: {} } }, /is no tar archive/],
    ["/plain", { archive: { zip: {} } }, /is no zip archive/],
    ["/none", {}, /input artifact 'in' is not there \(http:\/\/127/],
    ["/broken", {}, /was answered 500/],
  ]
  for (const [path, more, message] of cases) {
    const { status } = await runProcesses([reader({ url: url + path }, "true", more)])
    expect(status?.phase).toBe("Error")
    expect(status?.message).toMatch(message)
  }
  // Nobody said that it is one.
  const asIs = await runProcesses([reader({ url: `${url}/zip` }, "cut -c1-2 /data/in")])
  expect(resultOf(asIs)).toBe("PK")
  const absent = await runProcesses([
    reader({ url: `${url}/none` }, "test ! -e /data/in", { optional: true }),
  ])
  expect(absent.status?.phase).toBe("Succeeded")
})

test("basic authentication reads its Secrets; an absent one is an error", async () => {
  const url = await serve((request, response) => response.end(request.headers.authorization ?? ""))
  const auth = {
    basicAuth: {
      usernameSecret: { name: "login", key: "user" },
      passwordSecret: { name: "login", key: "password" },
    },
  }
  const values: { readonly [key: string]: string } = { user: "ann", password: "s3cret" }
  const known = httpArtifacts({
    secret: async (namespace, name, key) =>
      namespace === "default" && name === "login" ? values[key] : undefined,
  })
  const template = reader({ url, auth }, "cat /data/in")
  const done = await runProcesses([template], [known])
  expect(resultOf(done)).toBe(`Basic ${Buffer.from("ann:s3cret").toString("base64")}`)
  const { status } = await runProcesses([template])
  expect(status?.message).toContain('the Secret "login" with the key "user" is not there')
})

test("an output goes to its URL, and the next step reads it there", async () => {
  const kept = new Map<string, Buffer>()
  const url = await serve((request, response) => {
    const path = request.url ?? ""
    if (request.method === "GET") return response.end(kept.get(path))
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      kept.set(path, Buffer.concat(chunks))
      response.writeHead(201).end()
    })
    return response
  })
  const outputs = [
    { name: "folder", path: "/data/folder", http: { url: `${url}/folder` } },
    { name: "plain", path: "/data/plain", http: { url: `${url}/plain` }, archive: { none: {} } },
  ]
  const done = await runProcesses([
    {
      name: "main",
      dag: {
        tasks: [
          { name: "write", template: "write" },
          {
            name: "read",
            template: "read",
            dependencies: ["write"],
            arguments: {
              artifacts: ["folder", "plain"].map((name) => ({
                name,
                from: `{{tasks.write.outputs.artifacts.${name}}}`,
              })),
            },
          },
        ],
      },
    },
    {
      name: "write",
      outputs: { artifacts: outputs },
      container: {
        image: "alpine",
        command: ["sh", "-c"],
        args: ["mkdir /data/folder; printf a > /data/folder/a; printf b > /data/plain"],
      },
    },
    {
      name: "read",
      inputs: {
        artifacts: [
          { name: "folder", path: "/in/folder" },
          { name: "plain", path: "/in/plain" },
        ],
      },
      container: {
        image: "alpine",
        command: ["sh", "-c"],
        args: ["cat /in/folder/a /in/plain"],
      },
    },
  ])
  expect(done.status?.message ?? "").toBe("")
  expect(kept.get("/plain")?.toString()).toBe("b")
  expect(kept.get("/folder")?.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
  const read = Object.values(done.status?.nodes ?? {}).find((node) => node.displayName === "read")
  expect(read?.outputs?.result).toBe("ab")
})

test("a git artifact is a clone at its revision; credentials of its own need a git that takes them", async () => {
  const repo = join(folder, "repo")
  mkdirSync(repo)
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    execFileSync("git", [...identity, ...args], { cwd: repo, stdio: "ignore" })
  }
  git("init", "-q", "-b", "main")
  writeFileSync(join(repo, "file"), "first")
  git("add", ".")
  git("commit", "-qm", "first")
  git("tag", "v1")
  writeFileSync(join(repo, "file"), "second")
  git("add", ".")
  git("commit", "-qm", "second")
  const driver = gitArtifacts({
    git: createGit({ clock: systemClock(), cacheDirectory: join(folder, "git") }),
  })
  const run = (source: object): Promise<Workflow> => {
    const input = { name: "in", path: "/src", git: { repo, ...source } }
    const container = {
      image: "alpine",
      command: ["sh", "-c"],
      args: ["cat /src/file && test -d /src/.git"],
    }
    return runProcesses([{ name: "main", inputs: { artifacts: [input] }, container }], [driver])
  }
  expect(resultOf(await run({ revision: "v1" }))).toBe("first")
  expect(resultOf(await run({ branch: "main", disableSubmodules: true }))).toBe("second")
  expect(resultOf(await run({}))).toBe("second")
  const passwordSecret = { name: "git", key: "password", optional: true }
  expect(resultOf(await run({ passwordSecret }))).toBe("second")
  expect((await run({ insecureSkipTLS: true })).status?.message).toContain(
    "says who reads its repository (insecureSkipTls)",
  )
  const asked: GitAccess[] = []
  const own = gitArtifacts({
    git: (access) => {
      asked.push(access)
      return createGit({ clock: systemClock(), cacheDirectory: join(folder, "git-own") })
    },
    secret: async (namespace, name, key) => `${namespace}/${name}/${key}`,
  })
  const input = {
    name: "in",
    path: "/src",
    git: {
      repo,
      usernameSecret: { name: "git", key: "user" },
      passwordSecret,
      sshPrivateKeySecret: { name: "git", key: "key" },
      insecureIgnoreHostKey: true,
    },
  }
  const container = { image: "alpine", command: ["cat", "/src/file"] }
  const template = { name: "main", inputs: { artifacts: [input] }, container }
  expect(resultOf(await runProcesses([template], [own]))).toBe("second")
  expect(asked).toEqual([
    {
      username: "default/git/user",
      password: "default/git/password",
      sshPrivateKey: "default/git/key",
      insecureIgnoreHostKey: true,
    },
  ])
  const hostile = await run({ revision: "--upload-pack=touch" })
  expect(hostile.status?.phase).toBe("Error")
})

test("a location without a driver is named, and functions see every kind of artifact", async () => {
  const nobody = await runProcesses([reader({ url: "http://127.0.0.1:9/" }, "true")], [])
  expect(nobody.status?.message).toContain("no artifact driver was given")
  let seen = ""
  const steps: StepFunctions = {
    main: async ({ getArtifact }) => {
      const path = join(folder, "raw")
      await getArtifact("in", path)
      seen = readFileSync(path, "utf8")
    },
  }
  const input = { name: "in", path: "/in", raw: { data: "raw text" } }
  const template = { name: "main", inputs: { artifacts: [input] }, container: { image: "alpine" } }
  await runWorkflow(workflow([template]), { executors: [functionExecutor(steps)] })
  expect(seen).toBe("raw text")
})

test.each([
  ["heads", "heads"],
  ["tails", "tails"],
])("fromExpression chooses the artifact of %s", async (result, chosen) => {
  const side = (name: string): Template => ({
    name,
    outputs: { artifacts: [{ name: "coin", path: "/coin" }] },
    container: { image: "alpine", command: ["sh", "-c"], args: [`printf ${name} > /coin`] },
  })
  const fromExpression =
    'tasks.flip.outputs.result == "heads" ? tasks.heads.outputs.artifacts.coin : tasks.tails.outputs.artifacts.coin'
  const done = await runProcesses([
    {
      name: "main",
      dag: {
        tasks: [
          { name: "flip", template: "flip" },
          ...["heads", "tails"].map((name) => ({
            name,
            template: name,
            depends: "flip",
            when: `{{tasks.flip.outputs.result}} == ${name}`,
          })),
          {
            name: "show",
            template: "show",
            depends: "(heads || heads.Skipped) && (tails || tails.Skipped)",
            arguments: { artifacts: [{ name: "coin", fromExpression }] },
          },
        ],
      },
      outputs: { artifacts: [{ name: "chosen", fromExpression, globalName: "chosen" }] },
    },
    {
      name: "flip",
      container: { image: "alpine", command: ["sh", "-c"], args: [`echo ${result}`] },
    },
    side("heads"),
    side("tails"),
    {
      name: "show",
      inputs: { artifacts: [{ name: "coin", path: "/coin" }] },
      container: { image: "alpine", command: ["sh", "-c"], args: ["cat /coin"] },
    },
  ])
  expect(done.status?.message ?? "").toBe("")
  const show = Object.values(done.status?.nodes ?? {}).find((node) => node.displayName === "show")
  expect(show?.outputs?.result).toBe(chosen)
  expect(done.status?.outputs?.artifacts?.[0]).toMatchObject({ name: "chosen" })
})

test("an argument has one source, and an output of git is refused", () => {
  const parsed = parseWorkflow(
    workflow([
      {
        name: "main",
        steps: [
          [
            {
              name: "a",
              template: "leaf",
              arguments: {
                artifacts: [
                  {
                    name: "in",
                    from: "{{inputs.artifacts.x}}",
                    fromExpression: "inputs.artifacts.x",
                  },
                ],
              },
            },
          ],
        ],
      },
      {
        name: "leaf",
        outputs: { artifacts: [{ name: "o", path: "/o", git: { repo: "r" } }] },
        container: { image: "alpine" },
      },
    ]),
  )
  const messages = parsed.ok ? [] : parsed.issues.map(({ message }) => message)
  expect(messages).toContain('of "from" and "fromExpression" only one')
  expect(messages).toContain("can only be read: an output needs another location")
})

test("an address that a manifest names may stand for another", async () => {
  const url = await serve((request, response) => response.end(`found ${request.url}`))
  const driver = httpArtifacts({ addresses: { "https://files.example.com": url } })
  const done = await runProcesses(
    [reader({ url: "https://files.example.com/a/b" }, "cat /data/in")],
    [driver],
  )
  expect(resultOf(done)).toBe("found /a/b")
})

test("Secrets of a cluster are read anew each time; an absent one or key is undefined", async () => {
  const { cluster } = createClusterSim({ clock: createVirtualClock() })
  const secrets = builtInKind("v1", "Secret") as Kind
  const metadata = { namespace: "default", name: "login" }
  await cluster.create(secrets, {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    stringData: { user: "ann" },
  } as never)
  const read = secretReader(cluster)
  expect(await read("default", "login", "user")).toBe("ann")
  expect(await read("default", "login", "toString")).toBeUndefined()
  expect(await read("other", "login", "user")).toBeUndefined()
})

/** Gives an entry of a zip a name that no tool writes. */
function renamed(file: string, from: string, to: string): Buffer {
  return Buffer.from(readFileSync(file, "latin1").replaceAll(from, to), "latin1")
}

test("a zip keeps modes; links in it are left out, and one that leads outside is refused", async () => {
  const file = join(folder, "hostile.zip")
  const archive = new ZipFile()
  archive.addBuffer(Buffer.from("#!/bin/sh\necho tool"), "pack/tool", { mode: 0o100755 })
  archive.addBuffer(Buffer.from("/etc/passwd"), "pack/link", { mode: 0o120777 })
  archive.addBuffer(Buffer.from("deep"), "xx/xx/escaped", { mode: 0o100644 })
  archive.end()
  await pipeline(archive.outputStream, createWriteStream(file))
  const url = await serve((request, response) => {
    const isHostile = request.url === "/hostile"
    response.end(isHostile ? renamed(file, "xx/xx/escaped", "../../escaped") : readFileSync(file))
  })
  const zip = { archive: { zip: {} } }
  const run = (path: string, script: string) =>
    runProcesses([reader({ url: url + path }, script, zip)])
  const good = await run(
    "/good",
    "/data/in/pack/tool; find /data/in -type l | wc -l; cat /data/in/xx/xx/*",
  )
  expect(resultOf(good)).toBe("tool\n0\ndeep")
  const hostile = await run("/hostile", "true")
  expect(hostile.status).toMatchObject({ phase: "Error" })
  expect(hostile.status?.message).toContain("invalid relative path")
})

const inSecrets = (values: { readonly [key: string]: string }) => ({
  secret: async (_namespace: string, name: string, key: string) => values[`${name}/${key}`],
})

test("OAuth2 asks for a token with the client's name and scopes, and sends it", async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { authorization = "" } = request.headers
      if (request.url !== "/token") return response.end(authorization)
      const pair = Buffer.from(authorization.slice(6), "base64").toString()
      asked.push(pair, Buffer.concat(chunks).toString())
      response.statusCode = pair === "me:pass%20word" ? 200 : 401
      return response.end(JSON.stringify({ access_token: "t0ken", token_type: "bearer" }))
    })
  })
  const oauth2 = {
    clientIDSecret: { name: "oauth", key: "id" },
    clientSecretSecret: { name: "oauth", key: "secret" },
    tokenURLSecret: { name: "oauth", key: "url" },
    scopes: ["read", "write"],
    endpointParams: [{ key: "audience", value: "files" }],
  }
  const run = (password: string) => {
    const values = { "oauth/id": "me", "oauth/secret": password, "oauth/url": `${url}/token` }
    const http = { url: `${url}/file`, auth: { oauth2 } }
    return runProcesses([reader(http, "cat /data/in")], [httpArtifacts(inSecrets(values))])
  }
  expect(resultOf(await run("pass word"))).toBe("Bearer t0ken")
  expect(asked).toEqual([
    "me:pass%20word",
    "grant_type=client_credentials&scope=read+write&audience=files",
  ])
  const refused = await run("wrong")
  expect(refused.status?.message).toContain(`no token from ${url}/token: it answered 401`)
})

test("a client certificate is shown to a server that asks for one", async () => {
  const sim = createClusterSim({ clock: systemClock() })
  const served = await serveCluster({ cluster: sim.cluster, clock: systemClock() })
  ends.push(() => void served.close().then(sim.close))
  const parsed = parseManifests(served.kubeconfig, { file: "kubeconfig" })
  const text = JSON.stringify(parsed.ok ? parsed.value[0]?.value : {})
  const field = (name: string): string =>
    Buffer.from(new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ?? "", "base64").toString()
  const server = /"server":"([^"]+)"/.exec(text)?.[1] ?? ""
  const auth = {
    clientCert: {
      clientCertSecret: { name: "tls", key: "crt" },
      clientKeySecret: { name: "tls", key: "key" },
    },
  }
  const values = {
    "tls/crt": field("client-certificate-data"),
    "tls/key": field("client-key-data"),
  }
  const certificateAuthority = field("certificate-authority-data")
  const driver = httpArtifacts({ ...inSecrets(values), certificateAuthority })
  const shown = await runProcesses(
    [reader({ url: `${server}/api`, auth }, "cat /data/in")],
    [driver],
  )
  expect(shown.status?.message ?? "").toBe("")
  expect(resultOf(shown)).toContain("APIVersions")
  const other = httpArtifacts(inSecrets(values))
  const distrusted = await runProcesses([reader({ url: `${server}/api`, auth }, "true")], [other])
  expect(distrusted.status?.message).toMatch(/self-signed|unable to (get|verify)/)
})

test("the name of an output artifact may hold tags", async () => {
  const template: Template = {
    name: "main",
    inputs: { parameters: [{ name: "word", value: "blue" }] },
    outputs: {
      artifacts: [
        {
          name: "out-{{inputs.parameters.word}}",
          path: "/out",
          globalName: "all-{{inputs.parameters.word}}",
        },
      ],
    },
    container: { image: "alpine", command: ["sh", "-c"], args: ["echo x > /out"] },
  }
  expect(parseWorkflow(workflow([template])).ok).toBe(true)
  const done = await runProcesses([template])
  expect(done.status?.message ?? "").toBe("")
  expect(Object.values(done.status?.nodes ?? {})[0]?.outputs?.artifacts?.[0]?.name).toBe("out-blue")
  expect(done.status?.outputs?.artifacts?.[0]?.name).toBe("all-blue")
})
