// Usage: node scripts/build.mjs DIRECTORY
// Checks the sources and puts all that later steps need into one directory.
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync } from "node:fs"
import { basename, join } from "node:path"

const [directory] = process.argv.slice(2)
const files = ["src/shop.mjs", "test/test.mjs", "scripts/package.mjs"]

mkdirSync(directory, { recursive: true })
for (const file of files) {
  const check = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" })
  if (check.status !== 0) {
    console.error(`${file} does not parse:\n${check.stderr}`)
    process.exit(1)
  }
  copyFileSync(file, join(directory, basename(file)))
}
console.log(`built ${files.length} files`)
