import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { type Controller } from "@argo-ts/k8s"
import {
  parseScenario,
  runScenario,
  type Scenario,
  type ScenarioResult,
  type Setting,
} from "@argo-ts/testing"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { loadEngines } from "../load-engines.js"
import { formatFileIssue, placeIssue, toJsonIssue } from "../manifests/file-issue.js"
import { type Manifest, readManifests } from "../manifests/read.js"

/** Options of `test`. */
export interface TestOptions {
  readonly output: OutputFormat
}

interface ScenarioFile {
  readonly file: string
  readonly scenario: Scenario
}

const scenarioGroup = "testing.argo-ts.dev/"

function isScenario(manifest: Manifest): boolean {
  return manifest.value.apiVersion.startsWith(scenarioGroup)
}

/** The scenarios of the paths; broken ones are refused before any of them runs. */
function readScenarios(paths: readonly string[], io: Io): readonly ScenarioFile[] {
  const reading = readManifests(paths, io.cwd)
  const issues = [...reading.issues]
  const scenarios: ScenarioFile[] = []
  for (const manifest of reading.manifests.filter(isScenario)) {
    const { file, document, value } = manifest
    const parsed = parseScenario(value)
    if (parsed.ok) scenarios.push({ file, scenario: parsed.value })
    else issues.push(...parsed.issues.map((issue) => placeIssue(file, document, issue)))
  }
  if (issues.length > 0) {
    const lines = issues.map(formatFileIssue)
    throw new CliError("InvalidScenario", lines.join("\n"), { details: issues.map(toJsonIssue) })
  }
  if (scenarios.length === 0) {
    throw new CliError(
      "NoScenarios",
      `${paths.join(", ")}: expected scenarios (kind: Scenario), found none`,
    )
  }
  return scenarios
}

async function runOne({ file, scenario }: ScenarioFile, io: Io): Promise<ScenarioResult> {
  const engines = await loadEngines()
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
  const closers: (() => Promise<void>)[] = []
  const controllers = async (setting: Setting): Promise<readonly Controller[]> => {
    const running = await engines.controllers({
      ...setting,
      directory,
      executor: "simulate",
      webhookPorts: "free",
    })
    closers.push(running.close)
    return running.controllers
  }
  try {
    const filesFrom = dirname(resolve(io.cwd, file))
    return await runScenario(scenario, { controllers, kinds: engines.kinds, directory: filesFrom })
  } finally {
    for (const close of closers) await close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** `argo-ts test PATH…`: 0 where every scenario went well, 1 where one did not. */
export async function test(
  paths: readonly string[],
  options: TestOptions,
  io: Io,
): Promise<ExitCode> {
  const files = readScenarios(paths, io)
  const results: (ScenarioResult & { readonly file: string })[] = []
  for (const file of files) {
    const result = { file: file.file, ...(await runOne(file, io)) }
    results.push(result)
    if (options.output === "json") continue
    const time = `${result.virtualMs / 1000} s of virtual time, ${result.writes} writes`
    io.out(`${result.ok ? "✔" : "✖"} ${result.name} (${time})\n`)
    for (const failure of result.failures)
      io.out(`    ${file.file}: ${failure.replaceAll("\n", "\n    ")}\n`)
  }
  const failed = results.filter((result) => !result.ok).length
  if (options.output === "json") {
    io.out(
      `${JSON.stringify({ ok: failed === 0, passed: results.length - failed, failed, scenarios: results })}\n`,
    )
  } else io.out(`${results.length - failed} passed, ${failed} failed\n`)
  return failed === 0 ? 0 : 1
}
