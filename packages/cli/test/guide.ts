import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** A page for readers. */
export interface Guide {
  /** Programs, in order. */
  readonly programs: readonly string[]
  /** The calls of `argo-ts` in its shell blocks. */
  readonly commands: readonly string[]
}

function blocks(page: string, language: string): readonly string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g")
  return [...page.matchAll(pattern)].map((match) => match[1] ?? "")
}

/** Reads a page, by its place in the repository. */
export function readGuide(place: string): Guide {
  const page = readFileSync(join(root, place), "utf8")
  const lines = blocks(page, "sh").flatMap((block) => block.trim().split("\n"))
  const commands = lines.filter((line) => line.startsWith("argo-ts "))
  return { programs: blocks(page, "ts"), commands }
}

/** What a program says it prints: the texts behind its arrows. */
export function promisedBy(program: string): readonly string[] {
  return [...program.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1] ?? "")
}

/** Runs a program of a page and gives what it prints, each value as JSON. */
export async function runProgram(program: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(root, "packages/cli/.argo-ts-guide-"))
  const file = join(folder, "program.ts")
  const printed: string[] = []
  const { log } = console
  try {
    writeFileSync(file, program)
    console.log = (...values: unknown[]) =>
      void printed.push(...values.map((each) => JSON.stringify(each)))
    await import(pathToFileURL(file).href)
    return printed
  } finally {
    console.log = log
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The words of a command line, with quotes as a shell reads them. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? "",
  )
}
