import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll } from "vitest"
import { main } from "../src/index.js"

/** What a command answered. */
export interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

const directories: string[] = []
afterAll(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A new directory with these files, removed after the tests of the file. */
export function directoryWith(files: { readonly [path: string]: string }): string {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-cli-"))
  directories.push(directory)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

/** Runs the command in a directory, as a process without a terminal would. */
export async function argo(cwd: string, ...args: readonly string[]): Promise<Answer> {
  let out = ""
  let err = ""
  const code = await main(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    isTty: false,
    columns: 100,
    cwd,
    env: process.env,
    signal: new AbortController().signal,
  })
  return { code, out, err }
}
