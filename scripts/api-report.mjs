// Writes packages/*/api/*.api.md, the public surface of every entry point; `--check` fails where one is stale.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor"

const isCheck = process.argv.includes("--check")
const temporary = mkdtempSync(join(tmpdir(), "api-report-"))
let failures = 0
let reports = 0

for (const name of readdirSync("packages").toSorted()) {
  const folder = resolve("packages", name)
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  mkdirSync(join(folder, "api"), { recursive: true })
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target !== "object" || !existsSync(join(folder, target.types))) continue
    const report = entry === "." ? "index" : entry.slice(2).replaceAll("/", "-")
    const config = ExtractorConfig.prepare({
      configObject: {
        projectFolder: folder,
        mainEntryPointFilePath: join(folder, target.types),
        compiler: { tsconfigFilePath: join(folder, "tsconfig.json") },
        apiReport: {
          enabled: true,
          reportFileName: `${report}.api.md`,
          reportFolder: join(folder, "api"),
          reportTempFolder: temporary,
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: "lf",
        messages: {
          extractorMessageReporting: {
            default: { logLevel: "none" },
          },
          tsdocMessageReporting: { default: { logLevel: "none" } },
          compilerMessageReporting: { default: { logLevel: "none" } },
        },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(folder, "package.json"),
    })
    const result = Extractor.invoke(config, {
      localBuild: !isCheck,
      showVerboseMessages: false,
      messageCallback: (message) => {
        message.handled = true
      },
    })
    reports++
    if (isCheck && result.apiReportChanged) {
      console.error(
        `stale: packages/${name}/api/${report}.api.md (run \`pnpm api\` and commit what it changed)`,
      )
      failures++
    }
  }
}
rmSync(temporary, { recursive: true, force: true })
console.log(`${reports} API reports, ${failures} stale`)
if (failures > 0 || reports === 0) process.exitCode = 1
