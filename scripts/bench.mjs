// `pnpm bench [package…]`: runs packages/*/bench/*.bench.mjs one after the other, each in its own process.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"

const wanted = process.argv.slice(2)
const found = readdirSync("packages").filter(
  (name) => (wanted.length === 0 || wanted.includes(name)) && existsSync(`packages/${name}/bench`),
)
for (const name of found) {
  for (const file of readdirSync(`packages/${name}/bench`).filter((each) =>
    each.endsWith(".bench.mjs"),
  )) {
    console.log(`\n▸ ${name}/${file}`)
    const { status } = spawnSync("node", ["--expose-gc", `packages/${name}/bench/${file}`], {
      stdio: "inherit",
    })
    if (status !== 0) process.exitCode = 1
  }
}
