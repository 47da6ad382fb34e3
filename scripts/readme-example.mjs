// Runs the example of a package's README, which stands beside the test as readme-example.ts, so that it is compiled too.
import { readFileSync } from "node:fs"

/**
 * @param {string} testUrl `import.meta.url` of the test
 * @param {() => Promise<unknown>} load imports the example
 */
export async function runReadmeExample(testUrl, load) {
  const source = readFileSync(new URL("./readme-example.ts", testUrl), "utf8")
  const readme = readFileSync(new URL("../README.md", testUrl), "utf8")
  if (!readme.includes(`\`\`\`ts\n${source}\`\`\``)) {
    throw new Error("the README does not show readme-example.ts as it is")
  }
  const printed = []
  const { log } = console
  console.log = (...words) => printed.push(...words.map(String).join(" ").split("\n"))
  try {
    await load()
  } finally {
    console.log = log
  }
  const promised = source
    .split("\n")
    .filter((line) => line.startsWith("// "))
    .map((line) => line.slice(3))
  return { printed, promised }
}
