import { createRandomStreams, type EpochMs } from "@argo-ts/kernel"

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

/**
 * A ULID of an instant, in lower case. Its random part is drawn from the cause, not from the machine: the same cause
 * at the same instant has the same id, so that repeating an interrupted creation finds what is already there.
 */
export function ulidOf(at: EpochMs, cause: string): string {
  let time = ""
  for (let rest = Math.max(0, Math.floor(at)), index = 0; index < 10; index++) {
    time = `${alphabet[rest % 32]}${time}`
    rest = Math.floor(rest / 32)
  }
  const stream = createRandomStreams(cause).stream("ulid")
  return time + Array.from({ length: 16 }, () => alphabet[stream.integer(32)]).join("")
}
