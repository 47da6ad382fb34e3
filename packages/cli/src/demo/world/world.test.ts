import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { KubernetesObject } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { afterAll, expect, test } from "vitest"
import { changes } from "./changes.js"
import type { ChangeSet } from "./developer.js"
import { deliveryDirectory } from "./files.js"
import { createErrorRates } from "./image-facts.js"
import { startRegistry } from "./registry.js"
import { trafficShares } from "./traffic.js"

const root = mkdtempSync(join(tmpdir(), "argo-ts-world-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly text: string
}

function node(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
    })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8")
      })
    }
    child.on("close", (code) => done({ code, text }))
  })
}

/** The shop's sources with a change, as a commit has them. */
function sources(name: string, change?: ChangeSet): string {
  const directory = join(root, name)
  cpSync(join(deliveryDirectory(), "repositories", "shop"), directory, { recursive: true })
  for (const [path, text] of Object.entries(change?.files ?? {})) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

async function build(
  name: string,
  change?: ChangeSet,
): Promise<Ended & { readonly bundle: string }> {
  const bundle = join(root, `${name}-bundle`)
  return { ...(await node(sources(name, change), ["scripts/build.mjs", bundle])), bundle }
}

test("the pipeline of the shop: a version is made of its content and knows its error rate", async () => {
  const registry = await startRegistry({ clock: systemClock(), directory: join(root, "registry") })
  const env = { ARGO_TS_ADDRESSES: JSON.stringify({ "registry.example.com": registry.origin }) }
  const errorRate = createErrorRates(registry)
  const release = async (name: string, change: ChangeSet): Promise<string> => {
    const built = await build(name, change)
    expect(built.code).toBe(0)
    expect((await node(root, [join(built.bundle, "test.mjs")])).code).toBe(0)
    const file = join(root, `${name}-version`)
    const args = [
      join(built.bundle, "package.mjs"),
      built.bundle,
      "registry.example.com/shop",
      "2026-01-05T09:00:00Z",
      file,
    ]
    const pushed = await node(root, args, env)
    expect(pushed).toMatchObject({ code: 0 })
    return readFileSync(file, "utf8")
  }
  try {
    const good = await release("good", changes.good)
    const faulty = await release("faulty", changes.faulty)
    expect(await release("again", changes.good)).toBe(good)
    expect(good).toMatch(/^sha-[0-9a-f]{12}$/)
    expect(registry.tags("shop").toSorted()).toEqual([good, faulty].toSorted())
    expect(errorRate(`registry.example.com/shop:${good}`)).toBe(0)
    expect(errorRate(`registry.example.com/shop:${faulty}`)).toBe(0.375)
    expect(errorRate("registry.example.com/placeholder:1")).toBe(0)
    const fixed = await release("fixed", changes.fixed)
    expect(errorRate(`registry.example.com/shop:${fixed}`)).toBe(0)
  } finally {
    await registry.close()
  }
})

test("a commit that does not parse does not build", async () => {
  const { code, text } = await build("broken", changes.broken)
  expect(code).toBe(1)
  expect(text).toContain("src/shop.mjs does not parse")
})

test("the registry refuses content under a wrong digest, and knows what it does not have", async () => {
  const registry = await startRegistry({ clock: systemClock(), directory: join(root, "strict") })
  try {
    const wrong = `${registry.origin}/v2/shop/blobs/uploads/whole?digest=sha256:${"0".repeat(64)}`
    expect((await fetch(wrong, { method: "PUT", body: "x" })).status).toBe(400)
    expect((await fetch(`${registry.origin}/v2/shop/manifests/none`)).status).toBe(404)
    expect((await fetch(`${registry.origin}/v2/..%2f..%2fetc/manifests/passwd`)).status).toBe(404)
    expect((await fetch(`${registry.origin}/v2/`)).status).toBe(200)
    expect(await (await fetch(`${registry.origin}/v2/shop/tags/list`)).json()).toEqual({
      name: "shop",
      tags: [],
    })
  } finally {
    await registry.close()
  }
})

const pod = (hash: string, isReady: boolean): KubernetesObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: hash, labels: { "rollouts-pod-template-hash": hash } },
    spec: { containers: [{ image: `shop:${hash}` }] },
    status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  }) as KubernetesObject

test("traffic follows ready pods, and the router where there is one", () => {
  const pods = [pod("a", true), pod("a", true), pod("a", true), pod("b", true), pod("b", false)]
  const weights = (shares: ReturnType<typeof trafficShares>): readonly [string, number][] =>
    shares.map(({ hash, weight }) => [hash, weight])
  expect(weights(trafficShares(pods, undefined))).toEqual([
    ["a", 0.75],
    ["b", 0.25],
  ])
  const rollout = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name: "shop" },
    status: {
      canary: {
        weights: {
          canary: { podTemplateHash: "b", weight: 10 },
          stable: { podTemplateHash: "a", weight: 90 },
        },
      },
    },
  } as KubernetesObject
  expect(weights(trafficShares(pods, rollout))).toEqual([
    ["a", 0.9],
    ["b", 0.1],
  ])
})
