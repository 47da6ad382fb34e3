import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import { StringDecoder } from "node:string_decoder"
import type { NodeStatus, Workflow } from "@argo-ts/dag-engine"
import { stepFolder } from "./work.js"

/** One line that a step wrote. */
export interface StepLine {
  readonly node: NodeStatus
  readonly line: string
}

const streams = ["stdout", "stderr"] as const
const pieceBytes = 64 * 1024

/** What one step writes to one stream, read on from where the last look ended. */
class Tail {
  readonly #path: string
  readonly #decoder = new StringDecoder("utf8")
  #offset = 0
  #rest = ""

  constructor(path: string) {
    this.#path = path
  }

  get isThere(): boolean {
    return existsSync(this.#path)
  }

  /** The whole lines that are new; at the end also what follows the last of them. */
  take(isEnd: boolean): readonly string[] {
    const text = this.#rest + this.#read() + (isEnd ? this.#decoder.end() : "")
    const lines = text.split("\n")
    this.#rest = isEnd ? "" : (lines.pop() ?? "")
    if (isEnd && lines.at(-1) === "") lines.pop()
    return lines
  }

  #read(): string {
    if (!this.isThere) return ""
    const fd = openSync(this.#path, "r")
    try {
      let text = ""
      const { size } = fstatSync(fd)
      const piece = Buffer.alloc(Math.min(pieceBytes, Math.max(size - this.#offset, 0)))
      while (this.#offset < size) {
        const read = readSync(fd, piece, 0, piece.length, this.#offset)
        if (read === 0) break
        this.#offset += read
        text += this.#decoder.write(piece.subarray(0, read))
      }
      return text
    } finally {
      closeSync(fd)
    }
  }
}

/** Reads what the steps of a run write, as far as it goes. */
export interface StepOutput {
  /** New lines of these steps, in the order of the steps. `isEnd`: nothing more will follow. */
  take(workflow: Workflow, nodes: readonly NodeStatus[], isEnd: boolean): readonly StepLine[]
}

/**
 * `directory` is where the steps work; without it the results are what is left of their output. `container` is one of an
 * init container, a sidecar or a member of a set.
 */
export function stepOutput(directory: string | undefined, container = "main"): StepOutput {
  const tails = new Map<string, readonly Tail[]>()
  const told = new Set<string>()
  const tailsOf = (workflow: Workflow, id: string): readonly Tail[] => {
    // The main container's files lie in the step's own folder.
    const below = container === "main" ? [] : ["containers", container]
    const folder = join(stepFolder(directory ?? "", workflow, id), ...below)
    const known = tails.get(id) ?? streams.map((stream) => new Tail(join(folder, stream)))
    tails.set(id, known)
    return known
  }
  const linesOf = (workflow: Workflow, node: NodeStatus, isEnd: boolean): readonly string[] => {
    const files = directory === undefined ? [] : tailsOf(workflow, node.id)
    if (files.some(({ isThere }) => isThere)) return files.flatMap((file) => file.take(isEnd))
    const { result } = node.outputs ?? {}
    if (result === undefined || container !== "main" || told.has(node.id)) return []
    told.add(node.id)
    return result.trimEnd() === "" ? [] : result.trimEnd().split("\n")
  }
  return {
    take: (workflow, nodes, isEnd) =>
      nodes.flatMap((node) => linesOf(workflow, node, isEnd).map((line) => ({ node, line }))),
  }
}
