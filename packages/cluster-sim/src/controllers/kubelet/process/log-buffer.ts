import { StringDecoder } from "node:string_decoder"
import type { EpochMs } from "@argo-ts/kernel"
import type { PodLogLine } from "../pod-logs.js"

type Stream = PodLogLine["stream"]

/** What one run has written, line by line: the newest of it, where it is much. */
export interface LogBuffer {
  write(stream: Stream, chunk: Uint8Array, at: EpochMs): void
  /** Nothing follows: what has no line end is a line. */
  end(at: EpochMs): void
  readonly lines: readonly PodLogLine[]
  /** How many lines have gone for want of room. */
  readonly dropped: number
}

/** A kubelet's files hold as much before they are rotated. */
const sizeMax = 10 * 1024 * 1024
const lineMax = 256 * 1024

/** An empty log; `max` characters are kept. */
export function createLogBuffer(max: number = sizeMax): LogBuffer {
  const lines: PodLogLine[] = []
  let size = 0
  let dropped = 0
  const open = {
    stdout: { decoder: new StringDecoder("utf8"), text: "" },
    stderr: { decoder: new StringDecoder("utf8"), text: "" },
  }
  const add = (stream: Stream, text: string, at: EpochMs): void => {
    lines.push({ at, stream, text })
    size += text.length + 1
    if (size <= max) return
    let count = 0
    // A quarter at once: to shift every line would move the rest each time.
    for (const line of lines) {
      if (size <= max * 0.75 || count === lines.length - 1) break
      size -= line.text.length + 1
      count++
    }
    lines.splice(0, count)
    dropped += count
  }
  return {
    lines,
    get dropped() {
      return dropped
    },
    write(stream, chunk, at) {
      const state = open[stream]
      const [first = "", ...rest] = state.decoder.write(chunk).split("\n")
      state.text += first
      for (const text of rest) {
        add(stream, state.text, at)
        state.text = text
      }
      if (state.text.length <= lineMax) return
      add(stream, state.text, at)
      state.text = ""
    },
    end(at) {
      for (const stream of ["stdout", "stderr"] as const) {
        const state = open[stream]
        const text = state.text + state.decoder.end()
        if (text !== "") add(stream, text, at)
        state.text = ""
      }
    },
  }
}
