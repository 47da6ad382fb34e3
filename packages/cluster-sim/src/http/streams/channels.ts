import { type JsonObject, recordOf } from "@argo-ts/kernel"

/** Subprotocols of streams to containers, the best first. */
export const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const

/** Of the subprotocols that a client offers the best one; `undefined` where none is known. */
export function chooseProtocol(offered: string | undefined): string | undefined {
  const names = (offered ?? "").split(",").map((name) => name.trim())
  return protocols.find((name) => names.includes(name))
}

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const
/** Of the fifth version: the next byte names a channel on which nothing follows. */
const closing = 255

/** A message of one channel. */
export function frameOf(channel: "stdout" | "stderr" | "status", data: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(channels[channel]), data])
}

/** What a client says: input, the end of its input, or something that is of no use here (the size of its terminal). */
export type ClientMessage =
  | { readonly type: "Input"; readonly data: Uint8Array }
  | { readonly type: "InputEnded" }
  | { readonly type: "Other" }

/** Reads a client's message. */
export function readFrame(frame: Uint8Array): ClientMessage {
  const [channel, named] = frame
  if (channel === channels.stdin) return { type: "Input", data: frame.subarray(1) }
  if (channel === closing && named === channels.stdin) return { type: "InputEnded" }
  return { type: "Other" }
}

/** How a command ended, as the last message tells it. */
export function exitStatus(exitCode: number): JsonObject {
  if (exitCode === 0) return { metadata: {}, status: "Success" }
  return recordOf<JsonObject[string]>([
    ["metadata", {}],
    ["status", "Failure"],
    ["message", `command terminated with non-zero exit code: exit status ${exitCode}`],
    ["reason", "NonZeroExitCode"],
    ["details", { causes: [{ reason: "ExitCode", message: `${exitCode}` }] }],
  ])
}
