import { Command } from "commander"
import { type Io, type OutputFormat, outputFormat } from "./io.js"
import { collect, type Done, wholeNumber, withExamples } from "./program-parts.js"
import { addWorkflowCommands } from "./program-workflows.js"
import { version } from "./version.js"

interface OutputFlag {
  readonly output?: string
}

function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("-o, --output <format>", "text or json")
}

interface DemoFlags extends OutputFlag {
  readonly json?: true
  readonly seed: number
  readonly state?: string
  readonly killAfter?: string
  readonly logFile?: string
}

function addDemo(program: Command, io: Io, done: Done): void {
  command(program, "demo", "a whole delivery on virtual time, in five parts")
    .option("--json", "one line of JSON per fact, the same as -o json")
    .option("--seed <number>", "of everything random", wholeNumber, 1)
    .option(
      "--state <directory>",
      "where to keep repositories and the cluster's log (default: nowhere)",
    )
    .option(
      "--kill-after <write>",
      'the write after which the process is killed: one of part five by its name (an unknown one lists them), "write N" for the Nth of the process, or none',
    )
    .option("--log-file <file>", "where to write what the controllers log")
    .action(async ({ json, output, ...flags }: DemoFlags) => {
      const { demo } = await import("./commands/demo.js")
      const format: OutputFormat = json === true ? "json" : outputFormat(output)
      done(await demo({ ...flags, output: format }, io))
    })
}

interface LintFlags extends OutputFlag {
  readonly closed?: true
  readonly offline?: true
  readonly kinds?: string
  readonly strict?: boolean
}

function addLint(program: Command, io: Io, done: Done): void {
  const linting = program.command("lint").description("every issue in every manifest")
  withExamples(
    linting,
    "lint hello.yaml nightly.yaml --closed",
    "lint hello.yaml gated.yaml --kinds workflows,cronworkflows -o pretty",
    "lint hello.yaml -o json",
  )
  linting
    .argument("<path...>", "files and directories")
    .option("--closed", "templates that are named are among the files, or nowhere")
    .option("--offline", "the same as --closed")
    .option("--kinds <kinds>", "only issues of these, separated by commas, like workflows,wftmpl")
    .option("--strict", "fields that nobody knows are errors (default)")
    .option("--no-strict", "fields that nobody knows are warnings")
    .option("-o, --output <format>", "simple, pretty or json")
    .action(async (paths: readonly string[], { output, closed, offline, ...flags }: LintFlags) => {
      const { lint, lintFormat } = await import("./commands/lint.js")
      const isClosed = closed === true || offline === true
      done(await lint(paths, { ...flags, isClosed, output: lintFormat(output) }, io))
    })
}

function addReaders(program: Command, io: Io, done: Done): void {
  addLint(program, io, done)
  command(program, "test", "run delivery scenarios on virtual time")
    .argument("<path...>", "files and directories with scenarios")
    .action(async (paths: readonly string[], { output }: OutputFlag) => {
      const { test } = await import("./commands/test.js")
      done(await test(paths, { output: outputFormat(output) }, io))
    })
}

interface UpFlags extends OutputFlag {
  readonly file: readonly string[]
  readonly address: readonly string[]
  readonly import: readonly string[]
  readonly export?: string
  readonly allowDirty?: true
  readonly processes?: true
  readonly data?: string
  readonly log?: string
  readonly archive?: string
  readonly workflowDefaults?: string
  readonly until?: string
}

function addUp(program: Command, io: Io, done: Done): void {
  command(program, "up", "all controllers on an in-memory cluster, until interrupted")
    .option("-f, --file <path>", "manifests to apply first", collect, [])
    .option(
      "--address <url=place>",
      "reach a URL at another place, such as a local repository",
      collect,
      [],
    )
    .option("--allow-dirty", "deliver from local repositories with uncommitted changes")
    .option("--processes", "run pods that name their commands as processes of this machine")
    .option("--data <directory>", "keep the cluster in a directory, and continue from it")
    .option("--log <file>", "keep the cluster as a log of every write, and continue from it")
    .option(
      "--import <path>",
      "create what another cluster had, with its status: an export, or kubectl get -o yaml",
      collect,
      [],
    )
    .option("--export <directory>", "write the cluster there when it stops, a file per object")
    .option("--port <number>", "where kubectl is served on this machine (default: a free port)")
    .option(
      "--kubeconfig <file>",
      "where to write how kubectl gets there (default: below --data, else a new folder)",
    )
    .option(
      "--events <port>",
      "take POST /api/v1/events/… there; callers show the token in ARGO_TS_EVENTS_TOKEN",
    )
    .option(
      "--archive <place>",
      "keep workflows that have ended in a directory or at a postgres:// URL, for argo-ts archive",
    )
    .option(
      "--workflow-defaults <file>",
      "metadata and spec of workflows that do not say otherwise",
    )
    .option("--until <duration>", "stop after so long, and print the cluster")
    .action(async ({ output, ...flags }: UpFlags) => {
      const { up } = await import("./commands/up.js")
      done(await up({ ...flags, output: outputFormat(output) }, io))
    })
}

interface ExprFlags extends OutputFlag {
  readonly lang: string
  readonly preset?: string
  readonly env?: string
  readonly batch?: string
}

function addExpr(program: Command, io: Io, done: Done): void {
  const expr = command(
    program,
    "expr",
    "evaluate the little languages of Argo manifests",
  ).enablePositionalOptions()
  const languages =
    "conditions, cron, depends, expr, expr-1.15, gjson, globs, gotemplate, jq, jsonpath, kargo, labels, rollouts, semver, tags or when"
  for (const [name, about] of [
    ["eval", "evaluate one expression, or a batch of rows"],
    ["repl", "evaluate one expression after the other"],
  ] as const) {
    const sub = command(expr, name, about)
      .option("--lang <language>", languages, "expr")
      .option("--preset <project>", "whose functions there are: applicationset, events, …")
      .option("--env <file>", "JSON: what an expression may read")
    if (name === "eval") {
      sub
        .argument("[expression]")
        .option("--batch <file>", "NDJSON rows, also gzipped; - is standard input")
        .action(async (source: string | undefined, { output, ...flags }: ExprFlags) => {
          const { exprEval } = await import("./commands/expr-eval.js")
          done(await exprEval(source, { ...flags, output: outputFormat(output) }, io))
        })
    } else {
      sub.action(async ({ output: _output, env, ...flags }: ExprFlags) => {
        const { exprRepl } = await import("./commands/expr-repl.js")
        const { readJson } = await import("./commands/expr-eval.js")
        const given = env === undefined ? {} : readJson(env, io)
        done(await exprRepl({ ...flags, env: given }, io))
      })
    }
    sub.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
  }
}

/** The commands; each loads its code only when it runs. */
export function createProgram(io: Io, done: Done): Command {
  const program = new Command("argo-ts")
    .description(
      "Argo delivery in TypeScript: run and test unmodified Argo manifests on this machine.",
    )
    // An option belongs to the command that it follows.
    .enablePositionalOptions()
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
  addDemo(program, io, done)
  addWorkflowCommands(program, io, done)
  addReaders(program, io, done)
  addUp(program, io, done)
  addExpr(program, io, done)
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
  }
  return program
}
