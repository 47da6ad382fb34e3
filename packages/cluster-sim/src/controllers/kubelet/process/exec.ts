import { once } from "node:events"
import { lstatSync, statSync } from "node:fs"
import { basename, join, relative } from "node:path"
import type { Readable, Writable } from "node:stream"
import { ClusterError } from "@argo-ts/k8s"
import type { SessionStreams } from "../pod-sessions.js"
import type { ContainerRun, RunSetting } from "./container-run.js"
import type { Guard } from "./guard.js"
import { type Command, launch, launchFault } from "./launch.js"
import type { ContainerDirectory } from "./work-directory.js"

/** Writes what comes to a process, as fast as it reads. */
export async function pipeInput(
  stdin: AsyncIterable<Uint8Array> | undefined,
  input: Writable,
  { endsIt }: { readonly endsIt: boolean },
): Promise<void> {
  for await (const chunk of stdin ?? []) {
    if (input.destroyed || input.writableEnded) return
    if (!input.write(chunk)) await Promise.race([once(input, "drain"), once(input, "close")])
  }
  if (endsIt) input.end()
}

async function pipeOutput(
  readable: Readable,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  for await (const chunk of readable) await take(chunk as Buffer)
}

/** A command in the place of a container's. */
function commandOf(
  command: readonly string[],
  { directory, env }: RunSetting,
  hasInput: boolean,
): Command {
  const { cwd, paths } = directory
  const isTar = basename(command[0] ?? "") === "tar"
  if (isTar) return { ...tarCommand(command, directory), env, hasInput }
  return { words: command.map(paths.replace), cwd, env, hasInput }
}

/**
 * `tar` names in its archive what it is asked for, and `kubectl cp` expects to find there what it has named: it is given
 * paths as they are seen from the container's root. Volumes are links there, of which it shall take what they lead to.
 */
function tarCommand(
  command: readonly string[],
  { root, cwd, paths }: ContainerDirectory,
): Pick<Command, "words" | "cwd"> {
  const isOurs = (word: string): boolean => word.startsWith("/") && paths.replace(word) !== word
  const from = command.some(isOurs) ? root : cwd
  const words = command.map((word) => {
    const own = isOurs(word) ? relative(root, paths.place(word)) || "." : paths.replace(word)
    return isLinkedFolder(join(from, own)) ? `${own}/.` : own
  })
  return { words, cwd: from }
}

function isLinkedFolder(path: string): boolean {
  const link = lstatSync(path, { throwIfNoEntry: false })
  return (
    link?.isSymbolicLink() === true &&
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  )
}

/** Runs a command beside the process of a container, to its end or that of the container. */
export async function runCommand(
  guard: Guard,
  what: {
    readonly command: readonly string[]
    readonly setting: RunSetting
    readonly run: ContainerRun
  },
  { stdin, onOutput, signal }: SessionStreams,
): Promise<number> {
  const command = commandOf(what.command, what.setting, stdin !== undefined)
  const fault = launchFault(command)
  if (fault !== undefined) {
    throw new ClusterError("InternalError", `error executing command in container: ${fault}`)
  }
  const launched = launch(guard, command)
  const kill = (): void => launched.kill("SIGKILL")
  signal?.addEventListener("abort", kill, { once: true })
  if (signal?.aborted === true) kill()
  void what.run.ended.then(kill)
  if (launched.stdin !== undefined) {
    // It may end without having read everything.
    void pipeInput(stdin, launched.stdin, { endsIt: true }).catch(() => undefined)
  }
  const [{ exitCode, fault: problem }] = await Promise.all([
    launched.end,
    pipeOutput(launched.stdout, (chunk) => onOutput("stdout", chunk)),
    pipeOutput(launched.stderr, (chunk) => onOutput("stderr", chunk)),
  ])
  signal?.removeEventListener("abort", kill)
  if (problem === undefined) return exitCode
  throw new ClusterError("InternalError", `error executing command in container: ${problem}`)
}
