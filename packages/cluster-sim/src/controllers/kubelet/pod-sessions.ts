import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { ClusterError } from "@argo-ts/k8s"
import { notFound } from "../../api/errors.js"
import type { Server } from "../../api/server.js"
import type { KindRules } from "../../kinds/rules.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Container, Pod } from "../workloads.js"
import { type ContainerPlan, type PodScripts, planPod, type ScriptedExec } from "./pod-script.js"
import { statusesOf } from "./pod-stops.js"
import type { ContainerRun } from "./process/container-run.js"
import { pipeInput, runCommand } from "./process/exec.js"
import { type PodProcesses, processAddress } from "./process/pod-processes.js"

/** What a session reads and writes. */
export interface SessionStreams {
  /** What is written to the command. Default nothing. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** Takes what the command writes, piece by piece; the next piece waits for the answer. */
  onOutput(stream: "stdout" | "stderr", chunk: Uint8Array): void | Promise<void>
  /** Aborted: a command is killed, an attachment ends. */
  readonly signal?: AbortSignal
}

/** A container that will be spoken to. */
export interface PodSession {
  /** Resolves with the exit code of the command; of an attachment with 0, when its container has ended. */
  run(streams: SessionStreams): Promise<number>
}

/** Which container to speak to. */
export interface SessionTarget {
  readonly namespace: string
  readonly pod: string
  /** Default: the annotated default container, else the first one. */
  readonly container?: string
}

/** What a command has answered. */
export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Speaks to the containers of running pods. All refuse, as `NotFound` where the pod is absent, and as `BadRequest` where
 * the container is, does not run, or cannot be spoken to.
 */
export interface PodSessions {
  /** Runs a command in a container and answers what it writes, as text. */
  exec(
    target: SessionTarget,
    command: readonly string[],
    options?: { readonly stdin?: string | Uint8Array; readonly signal?: AbortSignal },
  ): Promise<ExecResult>
  /** A command that will run in a container; for servers. */
  openExec(target: SessionTarget, command: readonly string[]): PodSession
  /**
   * The process of a container: what it writes from now on, and with `stdin` its input, if its spec says `stdin`.
   */
  openAttach(target: SessionTarget, options?: { readonly stdin?: boolean }): PodSession
  /**
   * Connects to a port, by number or by its name in the pod's spec, of a pod that runs as processes. Rejects with the
   * error of the connection where nobody listens.
   */
  portForward(target: SessionTarget, port: number | string): Promise<Socket>
}

/** A container that runs, and what it is made of. */
interface Found {
  readonly pod: StoredObject & Pod
  readonly plan: ContainerPlan
  /** The run of its process, where it is one. */
  readonly run: ContainerRun | undefined
}

function refuse(message: string): never {
  throw new ClusterError("BadRequest", message)
}

const defaultContainer = "kubectl.kubernetes.io/default-container"

function execScripted(
  { pod, plan }: Found,
  command: readonly string[],
  answer: ScriptedExec,
): PodSession {
  return {
    async run({ stdin, onOutput }) {
      const input: Uint8Array[] = []
      for await (const chunk of stdin ?? []) input.push(chunk)
      const { namespace = "", name } = pod.metadata
      const where = { namespace, pod: name, container: plan.container.name }
      const said = await answer({ ...where, command, stdin: Buffer.concat(input).toString("utf8") })
      for (const stream of ["stdout", "stderr"] as const) {
        const text = said[stream] ?? ""
        if (text !== "") await onOutput(stream, Buffer.from(text))
      }
      return said.exitCode ?? 0
    },
  }
}

function attachTo(run: ContainerRun, hasInput: boolean): PodSession {
  return {
    async run({ stdin, onOutput, signal }) {
      const silence = run.listen((stream, chunk) => void onOutput(stream, chunk))
      try {
        const input = hasInput && run.stdin !== undefined ? run.stdin : undefined
        if (input !== undefined) {
          const isOnce = run.container.stdinOnce === true
          void pipeInput(stdin, input, { endsIt: isOnce }).catch(() => undefined)
        }
        const gone = signal === undefined ? [] : [once(signal, "abort")]
        if (signal?.aborted !== true) await Promise.race([run.ended, ...gone])
        return 0
      } finally {
        silence()
      }
    },
  }
}

/** Answers the running container that a target names. */
function createFinder(
  server: Server,
  scripts: PodScripts,
  processes: PodProcesses,
): (target: SessionTarget) => Found {
  const rules = server.registry.byId("/pods") as KindRules
  return ({ namespace, pod: name, container }) => {
    const object = server.store.collection(rules).get(namespace, name)
    if (object === undefined) throw notFound(rules, name)
    const pod = object as unknown as StoredObject & Pod
    const plans = planPod(pod, scripts)
    const wanted = container ?? pod.metadata.annotations?.[defaultContainer]
    const all = [...plans.main, ...plans.init, ...plans.ephemeral]
    const plan = wanted === undefined ? all[0] : all.find((one) => one.container.name === wanted)
    if (plan === undefined) return refuse(`container ${wanted ?? ""} is not valid for pod ${name}`)
    const own = plan.container.name
    const status = statusesOf(pod.status).find((one) => one.name === own)
    const run = processes.runsOf(pod.metadata.uid, own).at(-1)
    const isProcess = plans.run === "process"
    if (status?.state.running === undefined || (isProcess && run?.end !== undefined)) {
      return refuse(`container ${own} of pod ${name} is not running`)
    }
    return { pod, plan, run: isProcess ? run : undefined }
  }
}

/** Speaks to the pods of a server: to processes, and to scripts as far as they answer. */
export function createPodSessions(
  server: Server,
  scripts: PodScripts,
  processes: PodProcesses,
): PodSessions {
  const find = createFinder(server, scripts, processes)
  const openExec = (target: SessionTarget, command: readonly string[]): PodSession => {
    if (command.length === 0)
      return refuse("you must specify at least one command for the container")
    const found = find(target)
    const { run, plan } = found
    const { exec: answer } = plan
    if (run?.setting !== undefined) {
      const { setting } = run
      return { run: (streams) => runCommand(processes.guard, { command, setting, run }, streams) }
    }
    if (answer !== undefined) return execScripted(found, command, answer)
    return refuse(
      `exec is not served: pod ${target.pod} runs by a script that answers no commands (exec)`,
    )
  }

  return {
    openExec,
    async exec(target, command, { stdin, signal } = {}) {
      const written = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
      const exitCode = await openExec(target, command).run({
        ...(stdin === undefined ? {} : { stdin: only(Buffer.from(stdin as Uint8Array)) }),
        ...(signal === undefined ? {} : { signal }),
        onOutput: (stream, chunk) => {
          written[stream].push(chunk)
        },
      })
      const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString("utf8")
      return { exitCode, stdout: text(written.stdout), stderr: text(written.stderr) }
    },
    openAttach(target, { stdin = false } = {}) {
      const { run, plan } = find(target)
      if (run === undefined) {
        return refuse(
          `attach is not served: pod ${target.pod} runs by script; its logs can be read`,
        )
      }
      if (stdin && run.stdin === undefined) {
        return refuse(
          `container ${plan.container.name} of pod ${target.pod} reads no input (stdin)`,
        )
      }
      return attachTo(run, stdin)
    },
    async portForward(target, port) {
      const { run, pod } = find(target)
      if (run === undefined) {
        return refuse(`no ports are served: pod ${target.pod} runs by script`)
      }
      const socket = connect({ host: processAddress, port: numberOf(pod, port) })
      await once(socket, "connect")
      return socket
    },
  }
}

async function* only(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}

/** The number of a port that may be called by its name. */
function numberOf({ spec, metadata }: Pod, port: number | string): number {
  if (typeof port === "number") return port
  const ports = spec.containers.flatMap((each: Container) => each.ports ?? [])
  const named = ports.find(({ name }) => name === port)
  return named?.containerPort ?? refuse(`pod ${metadata.name ?? ""} has no port ${port}`)
}
