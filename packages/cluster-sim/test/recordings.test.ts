import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { kubectls } from "./kubectl/kubectls.js"
import { record } from "./kubectl/record.js"
import {
  answerOf,
  isWatch,
  openWorld,
  type RecordedCommand,
  type RecordedRequest,
} from "./kubectl/recording-world.js"

/** What kubectl 1.32 asked, and was answered. `RECORD=1` with such a kubectl at hand writes it anew. */
const file = fileURLToPath(new URL("./fixtures/kubectl-1.32.json", import.meta.url))
const recorder = kubectls.findLast(({ minor }) => minor === 32)
if (process.env["RECORD"] !== undefined && recorder !== undefined) {
  const commands = await record(recorder.path)
  writeFileSync(file, `${JSON.stringify(commands, null, 1)}\n`)
}
const commands = JSON.parse(readFileSync(file, "utf8")) as readonly RecordedCommand[]

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Versions and uids of then, as they are now. */
const now = new Map<string, string>()

function translated(text: string): string {
  return text
    .replace(/("resourceVersion":\s*")(\d+)"/g, (_all, key: string, value: string) => {
      return `${key}${now.get(value) ?? value}"`
    })
    .replace(/(resourceVersion=)(\d+)/g, (_all, key: string, value: string) => {
      return `${key}${now.get(value) ?? value}`
    })
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uid) => now.get(uid) ?? uid)
}

/** Bytes, always: a text would be given a type that kubectl has not sent. */
function bodyOf({ body, isBinary }: RecordedRequest): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined
  const isBase64 = isBinary === true
  return new Uint8Array(
    Buffer.from(isBase64 ? body : translated(body), isBase64 ? "base64" : "utf8"),
  )
}

async function replay(request: RecordedRequest): Promise<void> {
  const { method, path, accept, type, answer } = request
  const controller = new AbortController()
  const body = bodyOf(request)
  const response = await fetch(world.url + translated(path), {
    method,
    redirect: "manual",
    signal: controller.signal,
    headers: {
      accept,
      "user-agent": "kubectl/v1.32.4 (linux/amd64) kubernetes/59526cd",
      ...(type !== undefined && { "content-type": type }),
    },
    ...(body !== undefined && { body }),
  })
  const text = isWatch(path) ? "" : await response.text()
  controller.abort()
  const found = answerOf(response.status, response.headers.get("content-type") ?? "", text)
  if (answer.version !== undefined && found.version !== undefined)
    now.set(answer.version, found.version)
  if (answer.uid !== undefined && found.uid !== undefined) now.set(answer.uid, found.uid)
  const { version: _version, uid: _uid, ...expected } = answer
  const { version: _foundVersion, uid: _foundUid, ...shown } = found
  if (isWatch(path)) expect(shown).toMatchObject({ status: expected.status, type: expected.type })
  else expect(shown, `${method} ${path}`).toEqual(expected)
}

describe("what kubectl 1.32 asks is answered as it was when kubectl was content", () => {
  test.each(commands.map(({ line, requests }) => [line, requests] as const))(
    "%s",
    async (_line, requests) => {
      for (const request of requests) {
        // A connection that becomes another protocol is kubectl's own business.
        if (request.answer.status !== 0 && !/\/(?:attach|exec|portforward)\b/.test(request.path))
          await replay(request)
      }
    },
  )
})
