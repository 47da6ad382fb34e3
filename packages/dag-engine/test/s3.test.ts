import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import S3rver from "s3rver"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { S3Artifact } from "../src/api/artifact.js"
import {
  type ArtifactDriver,
  dataExecutor,
  functionExecutor,
  processExecutor,
  type ReadSecret,
  runWorkflow,
  type StepFunctions,
  type Template,
  type Workflow,
} from "../src/index.js"
import { artifactRepositories } from "../src/kubernetes/index.js"
import { s3ArtifactStore, s3Artifacts } from "../src/s3/index.js"

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"

const folder = mkdtempSync(join(tmpdir(), "argo-ts-s3-test-"))
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: join(folder, "data"),
  configureBuckets: [{ name: "my-bucket", configs: [] }],
})
let endpoint = ""
beforeAll(async () => {
  endpoint = `127.0.0.1:${(await server.run()).port}`
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const secrets: { readonly [key: string]: string } = {
  "team/minio/accesskey": "S3RVER",
  "team/minio/secretkey": "S3RVER",
}
const secret = async (namespace: string, name: string, key: string) =>
  secrets[`${namespace}/${name}/${key}`]

const bucket = (key?: string) => ({
  bucket: "my-bucket",
  endpoint,
  insecure: true,
  accessKeySecret: { name: "minio", key: "accesskey" },
  secretKeySecret: { name: "minio", key: "secretkey" },
  ...(key === undefined ? {} : { key }),
})

function workflow(templates: readonly Template[], more: Partial<Workflow["spec"]> = {}): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "team" },
    spec: { entrypoint: templates[0]?.name ?? "", templates, ...more },
  }
}

const drivers = (): readonly ArtifactDriver[] => [s3Artifacts({ secret, partBytes: 1000 })]

async function keys(prefix: string): Promise<readonly string[]> {
  const artifact = { name: "any", s3: bucket(prefix) }
  return s3Artifacts({ secret }).list({ artifact, namespace: "team" })
}

function runProcesses(manifest: Workflow, more: Partial<Parameters<typeof runWorkflow>[1]> = {}) {
  const executors = [processExecutor({ directory: mkdtempSync(join(folder, "work-")) })]
  return runWorkflow(manifest, { executors, artifactDrivers: drivers(), ...more })
}

const nodeOf = (ran: Workflow, displayName: string) =>
  Object.values(ran.status?.nodes ?? {}).find((node) => node.displayName === displayName)

const pipe = (s3: object | undefined, more: object = {}): readonly Template[] => [
  {
    name: "main",
    dag: {
      tasks: [
        { name: "write", template: "write" },
        {
          name: "read",
          template: "read",
          dependencies: ["write"],
          arguments: { artifacts: [{ name: "in", from: "{{tasks.write.outputs.artifacts.out}}" }] },
        },
      ],
    },
  },
  {
    name: "write",
    outputs: {
      artifacts: [{ name: "out", path: "/data/out", ...(s3 === undefined ? {} : { s3 }), ...more }],
    },
    container: {
      image: "alpine",
      command: ["sh", "-c"],
      args: ["mkdir -p /data/out/deep && echo one > /data/out/a && echo two > /data/out/deep/b"],
    },
  },
  {
    name: "read",
    inputs: { artifacts: [{ name: "in", path: "/data/in" }] },
    container: {
      image: "alpine",
      command: ["sh", "-c"],
      args: ["cat /data/in/a /data/in/deep/b"],
    },
  },
]

test("an artifact with a bucket goes there packed, and comes back unpacked", async () => {
  const ran = await runProcesses(workflow(pipe(bucket("packed/out.tgz"))))
  expect(ran.status?.message ?? "").toBe("")
  expect(nodeOf(ran, "read")?.outputs?.result).toBe("one\ntwo")
  expect(await keys("packed/")).toEqual(["packed/out.tgz"])
  expect(nodeOf(ran, "write")?.outputs?.artifacts?.[0]?.s3).toMatchObject(bucket("packed/out.tgz"))
})

test("without an archive a directory is one object a file; a zip is a zip", async () => {
  const plain = await runProcesses(workflow(pipe(bucket("plain"), { archive: { none: {} } })))
  expect(nodeOf(plain, "read")?.outputs?.result).toBe("one\ntwo")
  expect(await keys("plain")).toEqual(["plain/a", "plain/deep/b"])
  const zipped = await runProcesses(workflow(pipe(bucket("out.zip"), { archive: { zip: {} } })))
  expect(zipped.status?.message ?? "").toBe("")
  expect(nodeOf(zipped, "read")?.outputs?.result).toBe("one\ntwo")
})

function writer(content: string, more: Partial<Template> = {}): readonly Template[] {
  return [
    {
      name: "main",
      outputs: { artifacts: [{ name: "out", path: "/data/out", archive: { none: {} } }] },
      container: {
        image: "alpine",
        command: ["sh", "-c"],
        args: [`printf %s '${content}' > /data/out; echo said; echo complained >&2`],
      },
      ...more,
    },
  ]
}

async function read(key: string): Promise<string> {
  const path = join(mkdtempSync(join(folder, "read-")), "file")
  const artifact = { name: "any", s3: bucket(key), archive: { none: {} } }
  const isThere = await s3Artifacts({ secret }).fetch({ artifact, namespace: "team", path })
  return isThere ? readFileSync(path, "utf8") : "absent"
}

test("large files go up in parts", async () => {
  const content = "0123456789".repeat(350)
  const ran = await runProcesses(
    workflow(writer(content, { archiveLocation: { s3: bucket("large") } })),
  )
  expect(ran.status?.message ?? "").toBe("")
  expect(await read("large/out")).toBe(content)
})

const maps = (
  data: { readonly [key: string]: string },
  annotations?: { [name: string]: string },
) => [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "artifact-repositories",
      namespace: "team",
      ...(annotations === undefined ? {} : { annotations }),
    },
    data,
  },
]

const described = (more: string) =>
  `s3:\n  bucket: my-bucket\n  endpoint: "${endpoint}"\n  insecure: true\n  accessKeySecret: {name: minio, key: accesskey}\n  secretKeySecret: {name: minio, key: secretkey}\n${more}`

test("a repository by reference holds artifacts and logs, under its key format", async () => {
  const text = `archiveLogs: true\n${described('  keyFormat: "kept/{{workflow.namespace}}/{{pod.name}}"\n')}`
  const ran = await runProcesses(
    workflow(writer("hello"), { artifactRepositoryRef: { key: "mine" } }),
    { findRepository: artifactRepositories(maps({ mine: text })) },
  )
  expect(ran.status?.message ?? "").toBe("")
  expect(await read("kept/team/demo/out")).toBe("hello")
  expect(await read("kept/team/demo/main.log")).toBe("said\ncomplained\n")
  expect(ran.status?.artifactRepositoryRef).toMatchObject({
    configMap: "artifact-repositories",
    key: "mine",
    namespace: "team",
    artifactRepository: { s3: { bucket: "my-bucket" } },
  })
})

test("who names no repository gets the default of its namespace; a key alone is one in it", async () => {
  const findRepository = artifactRepositories(
    maps(
      { first: described("") },
      { "workflows.argoproj.io/default-artifact-repository": "first" },
    ),
  )
  const ran = await runProcesses(workflow(pipe({ key: "short/key.tgz" })), { findRepository })
  expect(nodeOf(ran, "read")?.outputs?.result).toBe("one\ntwo")
  expect(await keys("short/")).toEqual(["short/key.tgz"])
  const later = await runProcesses(
    workflow([
      {
        name: "main",
        inputs: { artifacts: [{ name: "in", path: "/in", s3: { key: "short/key.tgz" } }] },
        container: { image: "alpine", command: ["cat"], args: ["/in/a"] },
      },
    ]),
    { findRepository },
  )
  expect(nodeOf(later, "demo")?.outputs?.result).toBe("one")
})

test.each([
  ["absent", {}, "ConfigMap 'artifact-repositories' with the key 'mine') is not there"],
  ["broken", { mine: "s3: [" }, "is no YAML mapping"],
  ["unknown", { mine: "s4: {}" }, 'has the unknown field "s4"'],
  ["other", { mine: "gcs: {bucket: b}" }, 'of the kind "gcs", which is not supported'],
  ["incomplete", { mine: "s3: {key: k}" }, 'needs "s3.bucket"'],
])("a repository that is %s is named, and nothing runs", async (_name, data, message) => {
  const ran = await runProcesses(
    workflow(writer("x"), { artifactRepositoryRef: { key: "mine" } }),
    { findRepository: artifactRepositories(maps(data)) },
  )
  expect(ran.status).toMatchObject({ phase: "Error", message: expect.stringContaining(message) })
  expect(ran.status?.nodes).toEqual({})
})

test("an absent object, a wrong bucket, an absent Secret and an unreachable endpoint are named", async () => {
  const input = (s3: object): readonly Template[] => [
    {
      name: "main",
      inputs: { artifacts: [{ name: "in", path: "/in", s3 }] },
      container: { image: "alpine", command: ["true"] },
    },
  ]
  const messageOf = async (s3: object) =>
    (await runProcesses(workflow(input(s3)))).status?.message ?? ""
  expect(await messageOf(bucket("nowhere"))).toContain("input artifact 'in' is not there")
  expect(await messageOf({ ...bucket("x"), bucket: "no-bucket" })).toContain(
    'S3 bucket "no-bucket": get "x": NoSuchBucket',
  )
  expect(
    await messageOf({ ...bucket("x"), accessKeySecret: { name: "other", key: "k" } }),
  ).toContain('the Secret "other" with the key "k" is not there')
})

test("a bucket is made where the location says so", async () => {
  const location = { ...bucket(), bucket: "fresh-bucket", createBucketIfNotPresent: {} }
  for (const word of ["once", "twice"]) {
    const ran = await runProcesses(
      workflow(writer(word, { archiveLocation: { s3: { ...location, key: word } } })),
    )
    expect(ran.status?.message ?? "").toBe("")
  }
})

/** Serves as S3 what a handler answers, while `work` runs. */
async function withServer<T>(
  handler: RequestListener,
  work: (location: S3Artifact) => Promise<T>,
): Promise<T> {
  const other = createServer(handler)
  await new Promise<void>((resolve) => {
    other.listen(0, "127.0.0.1", resolve)
  })
  const { port } = other.address() as AddressInfo
  try {
    return await work({ ...bucket(), endpoint: `127.0.0.1:${port}` })
  } finally {
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  }
}

test("keys that lead out of the artifact are left out", async () => {
  const contents = ["tree/inside", "tree/../outside", "tree/deep/../../beside", "tree/folder/"]
  const parent = mkdtempSync(join(folder, "tree-"))
  const hostile: RequestListener = ({ url = "" }, response) => {
    if (/side\?/.test(url)) return response.end("bytes")
    if (!url.includes("list-type=2")) {
      return response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>")
    }
    const listed = contents.map((each) => `<Contents><Key>${each}</Key></Contents>`).join("")
    return response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${listed}</ListBucketResult>`,
    )
  }
  const isThere = await withServer(hostile, (location) => {
    const artifact = { name: "any", s3: { ...location, key: "tree" } }
    return s3Artifacts({ secret }).fetch({
      artifact,
      namespace: "team",
      path: join(parent, "tree"),
    })
  })
  expect(isThere).toBe(true)
  expect(readdirSync(parent, { recursive: true }).toSorted()).toEqual(["tree", "tree/inside"])
})

const customerKey = "0123456789abcdef0123456789abcdef"
test.each<[string, NonNullable<S3Artifact["encryptionOptions"]>, object]>([
  ["with S3's keys", { enableEncryption: true }, { "x-amz-server-side-encryption": "AES256" }],
  [
    "with KMS",
    { enableEncryption: true, kmsKeyId: "k1", kmsEncryptionContext: '{"team":"shop"}' },
    {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "k1",
      "x-amz-server-side-encryption-context": Buffer.from('{"team":"shop"}').toString("base64"),
    },
  ],
  [
    "with a key of the customer's",
    { enableEncryption: true, serverSideCustomerKeySecret: { name: "customer", key: "key" } },
    {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": Buffer.from(customerKey).toString("base64"),
    },
  ],
])(
  "a bucket encrypts %s, in one request and in parts",
  async (_name, encryptionOptions, headers) => {
    const seen: (readonly [string, IncomingHttpHeaders])[] = []
    const parts =
      "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
    const recorder: RequestListener = (request, response) => {
      const { method, url = "", headers: given } = request
      seen.push([`${method} ${url.replace(/^.*\?/, "")}`, given])
      // What is recorded is one request: none shares its connection with what another left behind.
      response.setHeader("connection", "close").setHeader("etag", "e")
      const put = url.includes("uploads") ? parts : "<CompleteMultipartUploadResult/>"
      // Whoever answers before the request is read may end a connection on which it is still being sent.
      request.resume().once("end", () => response.end(method === "POST" ? put : ""))
    }
    const file = join(folder, "encrypted")
    const read: ReadSecret = async (namespace, name, key) =>
      name === "customer" ? customerKey : secret(namespace, name, key)
    await withServer(recorder, async (location) => {
      const artifact = {
        name: "any",
        archive: { none: {} },
        s3: { ...location, key: "k", encryptionOptions },
      }
      const driver = s3Artifacts({ secret: read, partBytes: 10 })
      for (const text of ["short", "longer than one part"]) {
        writeFileSync(file, text)
        await driver.store({ artifact, namespace: "team", path: file })
      }
    })
    const begun = seen.filter(([what]) => /^PUT x-id=PutObject|^POST uploads/.test(what))
    expect(begun).toHaveLength(2)
    for (const [, given] of begun) expect(given).toMatchObject(headers)
  },
)

test("a bucket can be the artifact store of runs", async () => {
  const store = s3ArtifactStore({ bucket: bucket("runs"), secret, namespace: "team" })
  const executors = [processExecutor({ directory: mkdtempSync(join(folder, "work-")) })]
  const ran = await runWorkflow(workflow(pipe(undefined)), { executors, artifactStore: store })
  expect(nodeOf(ran, "read")?.outputs?.result).toBe("one\ntwo")
  const [key = ""] = await store.list("demo/")
  expect(key).toMatch(/^demo\/demo-write-\d+\/out\.tgz$/)
  expect(await store.delete(key)).toBe(true)
  expect(await store.delete(key)).toBe(false)
  expect(await store.get(key, join(folder, "none"))).toBe(false)
})

test("a data template lists keys and transforms them", async () => {
  const path = join(folder, "files")
  mkdirSync(path, { recursive: true })
  for (const name of ["a.txt", "b.log", "c.txt"]) writeFileSync(join(path, name), name)
  const artifact = { name: "any", s3: bucket("listed"), archive: { none: {} } }
  await s3Artifacts({ secret }).store({ artifact, namespace: "team", path })
  const list: Template = {
    name: "main",
    data: {
      source: { artifactPaths: { s3: bucket("listed/") } },
      transformation: [
        { expression: 'filter(data, {# endsWith ".txt"})' },
        { expression: "map(data, {upper(#)})" },
      ],
    },
  }
  const run = (template: Template) =>
    runWorkflow(workflow([template]), { executors: [dataExecutor()], artifactDrivers: drivers() })
  const ran = await run(list)
  expect(nodeOf(ran, "demo")?.outputs?.result).toBe('["LISTED/A.TXT","LISTED/C.TXT"]')
  const broken = await run({
    ...list,
    data: { ...list.data, transformation: [{ expression: "data.x.y" }] } as Template["data"],
  } as Template)
  expect(broken.status?.phase).toBe("Error")
})

test("artifacts that go with the workflow's end are deleted then, and marked", async () => {
  const steps: StepFunctions = {
    async main({ putArtifact }) {
      const path = join(folder, "piece")
      writeFileSync(path, "x")
      await putArtifact("goes", path)
      await putArtifact("stays", path)
    },
  }
  const main: Template = {
    name: "main",
    outputs: {
      artifacts: [
        { name: "goes", path: "/a", s3: bucket("gc/goes"), archive: { none: {} } },
        {
          name: "stays",
          path: "/b",
          s3: bucket("gc/stays"),
          archive: { none: {} },
          artifactGC: { strategy: "Never" },
        },
      ],
    },
    container: { image: "none", command: ["none"] },
  }
  const ran = await runWorkflow(
    workflow([main], { artifactGC: { strategy: "OnWorkflowCompletion" } }),
    { executors: [functionExecutor(steps)], artifactDrivers: drivers() },
  )
  expect(ran.status).toMatchObject({
    phase: "Succeeded",
    artifactGCStatus: { strategiesProcessed: { OnWorkflowCompletion: true } },
  })
  expect(nodeOf(ran, "demo")?.outputs?.artifacts).toMatchObject([
    { name: "goes", deleted: true },
    { name: "stays" },
  ])
  expect(await keys("gc/")).toEqual(["gc/stays"])
})

test("a role is taken on by who can, with the credentials of the location", async () => {
  const asked: unknown[] = []
  const role: NonNullable<Parameters<typeof s3Artifacts>[0]>["role"] = (arn, own) => {
    asked.push([arn, own])
    return async () => ({ accessKeyId: "S3RVER", secretAccessKey: "S3RVER" })
  }
  const file = join(folder, "of-a-role")
  writeFileSync(file, "text")
  const s3 = { ...bucket("of-a-role"), roleARN: "arn:aws:iam::1:role/x" }
  const place = { artifact: { name: "a", archive: { none: {} }, s3 }, namespace: "team" }
  await s3Artifacts({ secret, role }).store({ ...place, path: file })
  expect(asked).toEqual([
    ["arn:aws:iam::1:role/x", { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" }],
  ])
  await expect(s3Artifacts({ secret }).store({ ...place, path: file })).rejects.toMatchObject({
    code: "NoRole",
  })
})
