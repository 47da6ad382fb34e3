import { type FileHandle, open, readFile, rename, writeFile } from "node:fs/promises"
import { type EpochMs, epochMs, isJsonObject } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { Bus, BusSubscriber } from "./bus.js"

/** What a bus in a file is made of. */
export interface FileBusOptions {
  readonly clock: { now(): EpochMs }
  /** The journal; made where it does not exist. One process at a time. */
  readonly file: string
}

/** A bus in a file. */
export interface FileBus extends Bus {
  /** Writes what is under way and closes the journal. */
  close(): Promise<void>
}

interface Waiting {
  readonly event: CloudEvent
  readonly receivedAt: EpochMs
}

/** By subscriber, then by event id, in order. */
type Held = Map<string, Map<string, Waiting>>

type Line =
  | {
      readonly published: CloudEvent
      readonly at: number
      readonly subscribers: readonly string[]
    }
  | { readonly acknowledged: string; readonly subscriber: string }

function heldBy(held: Held, subscriber: string): Map<string, Waiting> {
  const known = held.get(subscriber)
  if (known !== undefined) return known
  const fresh = new Map<string, Waiting>()
  held.set(subscriber, fresh)
  return fresh
}

function applyLine(held: Held, line: Line): void {
  if ("acknowledged" in line) {
    heldBy(held, line.subscriber).delete(line.acknowledged)
    return
  }
  const { published: event, at, subscribers } = line
  for (const name of subscribers)
    heldBy(held, name).set(event.id, { event, receivedAt: epochMs(at) })
}

function readLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return isJsonObject(line) ? (line as unknown as Line) : undefined
  } catch {
    return undefined
  }
}

/** The journal's lines up to the first that was not written whole. */
function readLines(text: string): readonly Line[] {
  const lines: Line[] = []
  for (const each of text.split("\n")) {
    const line = readLine(each)
    if (line === undefined) break
    lines.push(line)
  }
  return lines
}

async function readJournal(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw error
  }
}

/** The shortest journal that says the same: one line for each subscriber's waiting event. */
function compacted(held: Held): string {
  let text = ""
  for (const [name, waiting] of held) {
    for (const { event, receivedAt } of waiting.values()) {
      const line: Line = { published: event, at: receivedAt, subscribers: [name] }
      text += `${JSON.stringify(line)}\n`
    }
  }
  return text
}

/** Appends lines durably; lines that come while one is being written share the next write. */
function createAppender(handle: FileHandle): (line: Line) => Promise<void> {
  let buffered = ""
  let next: Promise<void> | undefined
  let current: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    await current.catch(() => {})
    const text = buffered
    buffered = ""
    next = undefined
    current = handle.appendFile(text).then(() => handle.datasync())
    await current
  }
  return (line) => {
    buffered += `${JSON.stringify(line)}\n`
    next ??= write()
    return next
  }
}

/**
 * Opens a bus whose events survive the process: a journal, one JSON line an entry, flushed before `publish`
 * resolves, compacted when it is opened, a torn last line dropped. What a sensor had half done is delivered again.
 */
export async function openFileBus(options: FileBusOptions): Promise<FileBus> {
  const { clock, file } = options
  const held: Held = new Map()
  for (const line of readLines(await readJournal(file))) applyLine(held, line)
  // By rename: a crash leaves the old journal or the new one.
  await writeFile(`${file}.new`, compacted(held), { flush: true })
  await rename(`${file}.new`, file)
  const handle = await open(file, "a")
  const append = createAppender(handle)
  const subscribers = new Map<string, BusSubscriber>()
  let lastAppend: Promise<unknown> = Promise.resolve()
  const record = (line: Line): Promise<void> => {
    applyLine(held, line)
    const appended = append(line)
    lastAppend = appended.catch(() => {})
    return appended
  }
  return {
    async publish(event) {
      const takers = [...subscribers.values()].filter(
        (each) => each.accepts(event) && !heldBy(held, each.name).has(event.id),
      )
      if (takers.length === 0) return
      const at = clock.now()
      try {
        await record({ published: event, at, subscribers: takers.map(({ name }) => name) })
      } catch (error) {
        // Whoever publishes is told, and may publish it again.
        for (const { name } of takers) heldBy(held, name).delete(event.id)
        throw error
      }
      for (const taker of takers) taker.deliver(event, at)
    },
    subscribe(subscriber) {
      subscribers.set(subscriber.name, subscriber)
      for (const { event, receivedAt } of heldBy(held, subscriber.name).values()) {
        subscriber.deliver(event, receivedAt)
      }
      return () => subscribers.delete(subscriber.name)
    },
    acknowledge: (subscriber, id) => record({ acknowledged: id, subscriber }),
    async close() {
      await lastAppend
      await handle.close()
    },
  }
}
