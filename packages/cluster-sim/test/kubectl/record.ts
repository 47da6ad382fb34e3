import { execFile } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, request as httpRequest, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { recordedCommands } from "./recorded-commands.js"
import {
  answerOf,
  openWorld,
  type RecordedCommand,
  type RecordedRequest,
} from "./recording-world.js"

const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { a: "1" }
`
const web = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }] }
`

const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reconciled, namespace: default }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
`

function folderWithFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), "argo-ts-record-"))
  writeFileSync(join(folder, "settings.yaml"), settings)
  writeFileSync(join(folder, "settings2.yaml"), settings.replace('"1"', '"2"'))
  writeFileSync(join(folder, "web.yaml"), web)
  writeFileSync(join(folder, "kustomization.yaml"), "resources: [settings.yaml]\nnamePrefix: k-\n")
  writeFileSync(join(folder, "node.yaml"), "apiVersion: v1\nkind: Node\nmetadata: { name: n0 }\n")
  writeFileSync(join(folder, "role.yaml"), role)
  writeFileSync(join(folder, "editor"), "#!/bin/sh\nexec sed -i 's/a: .*/a: edited/' \"$1\"\n")
  chmodSync(join(folder, "editor"), 0o700)
  return folder
}

/** Everything until the stream ends, or is cut off. */
async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
  } catch {}
  return Buffer.concat(chunks)
}

function requestOf(incoming: IncomingMessage, body: Buffer): Omit<RecordedRequest, "answer"> {
  const { method = "", url = "", headers } = incoming
  const type = headers["content-type"]
  const isBinary = type?.includes("protobuf") === true
  return {
    method,
    // The hash of a document is not to stay.
    path: url.replace(/hash=\w+&?/, "").replace(/\?$/, ""),
    accept: headers.accept ?? "*/*",
    ...(type !== undefined && { type }),
    ...(body.length > 0 && { body: body.toString(isBinary ? "base64" : "utf8") }),
    ...(isBinary && { isBinary: true as const }),
  }
}

/** Runs every command against a new world, through a proxy that writes down what is asked and answered. */
export async function record(kubectl: string): Promise<readonly RecordedCommand[]> {
  const world = await openWorld()
  const { hostname, port } = new URL(world.url)
  let requests: RecordedRequest[] = []
  const proxy = createServer((incoming, outgoing) => {
    void bytesOf(incoming).then((body) => {
      const { method, url, headers } = incoming
      // What kubectl has kept already is asked again: the whole answer is recorded.
      const { "if-none-match": _known, ...asked } = headers
      const own = { ...asked, host: `${hostname}:${port}` }
      const options = { hostname, port, method, path: url, headers: own }
      const through = httpRequest(options, (response) => {
        outgoing.writeHead(response.statusCode ?? 0, response.headers)
        response.pipe(outgoing)
        void bytesOf(response).then((bytes) => {
          const type = response.headers["content-type"] ?? ""
          const answer = answerOf(response.statusCode ?? 0, type, bytes.toString("utf8"))
          requests.push({ ...requestOf(incoming, body), answer })
        })
      })
      incoming.on("close", () => through.destroy())
      through.on("error", () => outgoing.destroy())
      through.end(body)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
  const folder = folderWithFiles()
  const server = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const env = { ...process.env, HOME: folder, KUBE_EDITOR: join(folder, "editor"), KUBECONFIG: "" }
  const commands: RecordedCommand[] = []
  for (const line of recordedCommands) {
    requests = []
    await new Promise<void>((resolve) => {
      const words = [`--server=${server}`, ...line.split(" ")]
      execFile(kubectl, words, { cwd: folder, env, timeout: 20_000 }, () => resolve())
    })
    commands.push({ line, requests })
  }
  proxy.closeAllConnections()
  proxy.close()
  rmSync(folder, { recursive: true, force: true })
  await world.close()
  return commands
}
