import { once } from "node:events"
import { basename } from "node:path"
import { relative } from "node:path/posix"
import type { Readable, Writable } from "node:stream"
import { ClusterError } from "@argo-ts/k8s"
import type { SessionStreams } from "../pod-sessions.js"
import type { ContainerRun, RunSetting } from "./container-run.js"
import type { Guard } from "./guard.js"
import { type Command, launch, launchFault } from "./launch.js"

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

/**
 * A command in the place of a container's. Of `tar` the paths are given from the container's root, as `kubectl cp` expects
 * to find them in what it answers.
 */
function commandOf(
  command: readonly string[],
  { directory, env }: RunSetting,
  hasInput: boolean,
): Command {
  const { root, cwd, paths } = directory
  const words = command.map(paths.replace)
  if (basename(command[0] ?? "") !== "tar") return { words, cwd, env, hasInput }
  const fromRoot = command.map((word, index) => {
    const isPlace = word.startsWith("/") && paths.replace(word) !== word
    return isPlace ? relative(root, paths.place(word)) || "." : (words[index] ?? "")
  })
  const isMoved = fromRoot.some((word, index) => word !== words[index])
  return { words: fromRoot, cwd: isMoved ? root : cwd, env, hasInput }
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
