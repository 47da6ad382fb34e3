import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"

const program = fileURLToPath(new URL("../dist/bin.js", import.meta.url))

interface Line {
  readonly t: number
  readonly source: string
  readonly kind: string
  readonly name: string
  readonly reason: string
  readonly message: string
}

interface Told {
  readonly code: number | null
  readonly lines: readonly string[]
  readonly facts: readonly Line[]
  readonly result: { readonly result: string; readonly exposure: { readonly prod: number } }
}

/** Runs the built command, as a user does: the story's process has to be a real one to be killed. */
function tellStory(...args: readonly string[]): Promise<Told> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, "demo", "--json", ...args])
    let out = ""
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8")
    })
    child.on("error", fail)
    child.on("close", (code) => {
      const lines = out.trim().split("\n")
      const parsed = lines.map((line) => JSON.parse(line) as Line & Told["result"])
      const result = parsed.at(-1)
      if (result === undefined) return fail(new Error("the demo printed nothing"))
      done({ code, lines, facts: parsed.slice(0, -1), result })
    })
  })
}

const limitMs = 120_000
let killed: Told
beforeAll(async () => {
  killed = await tellStory()
}, limitMs)

const withoutDemo = (told: Told): readonly Line[] =>
  told.facts.filter(({ source }) => source !== "demo")

test("every expectation holds, and the faulty version never reaches prod", () => {
  expect(killed.result).toMatchObject({ result: "ok", missing: [], exposure: { prod: 0 } })
  expect(killed.code).toBe(0)
})

test("the process really dies once, and says after which write", () => {
  expect(killed.facts.filter(({ reason }) => reason === "Killed")).toMatchObject([
    { source: "demo", message: expect.stringContaining("prod's canary pauses at its first step") },
  ])
})

test("a kill point that nobody knows is refused, and one that never comes is no success", async () => {
  const spawned = (name: string): Promise<number | null> =>
    new Promise((done) => {
      const args = [program, "demo", "--json", "--kill-after", name]
      spawn(process.execPath, args, { stdio: "ignore" }).on("close", done)
    })
  expect(await spawned("150")).toBe(2)
  expect(await spawned("write 99999999")).toBe(1)
}, 120_000)

test("facts hold nothing of the machine", () => {
  const ofTheMachine =
    /\/tmp|\/home|\/root|\/work|\/Users|127\.0\.0\.1|localhost|\bpid\b|:\d{4,5}\b/
  for (const { name, reason, message } of killed.facts) {
    expect(`${name} ${reason} ${message}`).not.toMatch(ofTheMachine)
  }
  expect(killed.facts.every(({ t }) => Number.isInteger(t) && t >= 0)).toBe(true)
})

test(
  "the same seed prints the same lines",
  async () => {
    expect((await tellStory()).lines).toEqual(killed.lines)
  },
  limitMs,
)

test(
  "a run that is not killed tells the same",
  async () => {
    const whole = await tellStory("--kill-after", "none")
    expect(whole.facts.some(({ reason }) => reason === "Killed")).toBe(false)
    expect(withoutDemo(whole)).toEqual(withoutDemo(killed))
  },
  limitMs,
)

// In the middle of an instant: while two applications settle at once, and while a workflow writes its last words.
test.each(["write 205", "write 760"])(
  "a run killed after %s tells the same",
  async (name) => {
    const other = await tellStory("--kill-after", name)
    expect(other.facts.filter(({ reason }) => reason === "Killed")).toHaveLength(1)
    expect(withoutDemo(other)).toEqual(withoutDemo(killed))
  },
  limitMs,
)

test(
  "another seed tells the same story with other names",
  async () => {
    const other = await tellStory("--seed", "2")
    expect(other.result).toMatchObject({ result: "ok" })
    expect(other.lines).not.toEqual(killed.lines)
  },
  limitMs,
)
