import type { Io, OutputFormat } from "../io.js"
import type { StoryEnd, WorkerLine } from "./protocol.js"

/** Where the story is shown. */
export interface Screen {
  show(line: WorkerLine): void
  end(end: StoryEnd, realMs: number): void
}

function toDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function summary(end: StoryEnd, realMs: number): string {
  const stages = Object.keys(end.versions)
  const rows = stages.map((stage) => {
    const exposure = end.exposure[stage] ?? 0
    return `  ${stage.padEnd(8)} ${(end.versions[stage] ?? "").padEnd(18)} ${exposure} %`
  })
  const verdict = end.ok ? "every expectation held" : `failed at: ${end.failed ?? ""}`
  return [
    "",
    `  ${"stage".padEnd(8)} ${"version".padEnd(18)} traffic that met the faulty version, at most`,
    ...rows,
    "",
    `  ${end.held} of ${end.steps} steps: ${verdict}`,
    ...end.missing.map((line) => `    not so: ${line}`),
    `  ${toDuration(end.virtualMs)} of virtual time in ${(realMs / 1000).toFixed(1)} s`,
    "",
  ].join("\n")
}

/** One line per fact and a last line with the result. */
function jsonScreen(seed: number, io: Io): Screen {
  return {
    show(line) {
      if (line.type === "fact") io.out(`${JSON.stringify(line.fact)}\n`)
    },
    end(end) {
      const { ok, ...rest } = end
      io.out(`${JSON.stringify({ result: ok ? "ok" : "failed", seed, ...rest })}\n`)
    },
  }
}

/** A line per step; on a terminal also the live tree below it. */
function textScreen(io: Io): Screen {
  let treeHeight = 0
  const clear = (): void => {
    if (treeHeight > 0) io.out(`\u001b[${treeHeight}A\u001b[J`)
    treeHeight = 0
  }
  return {
    show(line) {
      if (line.type === "tree") {
        clear()
        const lines = line.lines.map((text) => text.slice(0, io.columns - 1))
        io.out(`${lines.join("\n")}\n`)
        treeHeight = lines.length
      } else if (line.type === "step" && line.state !== "began") {
        clear()
        const mark = line.state === "held" ? "✔" : line.state === "killed" ? "⚡" : "✖"
        io.out(`${mark} ${line.part === 0 ? "" : `(${line.part}) `}${line.text}\n`)
      }
    },
    end(end, realMs) {
      clear()
      io.out(summary(end, realMs))
    },
  }
}

/** The screen for an output format. */
export function createScreen(
  options: { readonly output: OutputFormat; readonly seed: number },
  io: Io,
): Screen {
  return options.output === "json" ? jsonScreen(options.seed, io) : textScreen(io)
}
