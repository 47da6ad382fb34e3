import type { Io, OutputFormat } from "../io.js"

/** Where the tree of a workflow is shown while it runs. */
export interface TreeScreen {
  show(tree: () => string): void
  output(step: string, text: string): void
  end(tree: string): void
}

/** A tree that is drawn over itself on a terminal, and once at the end elsewhere; output of steps goes to stderr. */
export function createTreeScreen(io: Io, format: OutputFormat): TreeScreen {
  let height = 0
  let shown = ""
  const isLive = format === "text" && io.isTty
  const clear = (): void => {
    if (height > 0) io.out(`\u001b[${height}A\u001b[J`)
    height = 0
  }
  const draw = (text: string): void => {
    clear()
    const lines = text.trimEnd().split("\n")
    io.out(`${lines.map((line) => line.slice(0, io.columns - 1)).join("\n")}\n`)
    height = lines.length
  }
  return {
    show(tree) {
      if (!isLive) return
      const text = tree()
      if (text !== shown) draw(text)
      shown = text
    },
    output(step, text) {
      if (format === "json") return
      clear()
      for (const line of text.trimEnd().split("\n")) io.err(`${step}: ${line}\n`)
      shown = ""
    },
    end(tree) {
      if (format === "json") return
      clear()
      io.out(tree.endsWith("\n") ? tree : `${tree}\n`)
    },
  }
}
