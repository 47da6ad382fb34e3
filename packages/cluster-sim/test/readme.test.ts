import { execFile } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

function block(text: string, language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ""
}

test("the README's example prints what it says", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const program = block(readme, "ts")
  expect(program.split("\n").length).toBeLessThanOrEqual(23)
  const file = fileURLToPath(new URL("./readme-example.tmp.mjs", import.meta.url))
  const runner = fileURLToPath(new URL("./run-typescript.mjs", import.meta.url))
  writeFileSync(file, program)
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [runner, file])
    expect(stdout).toBe(block(readme, "text"))
  } finally {
    rmSync(file)
  }
})
