import { createReadStream, type ReadStream } from "node:fs"

/**
 * The first `size` bytes of a file, as announced by a `content-length`: one that somebody still writes to may have grown since
 * it was measured, and a body longer than announced ends the connection.
 */
export function readAnnounced(file: string, size: number): ReadStream {
  // `end` is the last byte read, so that no byte at all cannot be said by it.
  return size === 0
    ? createReadStream(file, { start: Number.MAX_SAFE_INTEGER })
    : createReadStream(file, { end: size - 1 })
}
