import { open } from "node:fs/promises"
import { join } from "node:path"

const everyMs = 200
const chunkBytes = 64 * 1024

/** Follows what a process writes to its two files. */
export interface Tail {
  /** Hands on the rest and ends. */
  close(): Promise<void>
}

/** Hands on the output of a process while it runs; looks a few times a second. */
export function tailOutput(
  folder: string,
  emit: (stream: "stdout" | "stderr", text: string) => void,
): Tail {
  const streams = (["stdout", "stderr"] as const).map((stream) => ({
    stream,
    path: join(folder, stream),
    offset: 0,
    decoder: new TextDecoder(),
  }))
  let isReading = false
  const read = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    for (const each of streams) {
      for await (const chunk of chunksOf(each.path, each.offset)) {
        each.offset += chunk.length
        emit(each.stream, each.decoder.decode(chunk, { stream: true }))
      }
    }
    isReading = false
  }
  const timer = setInterval(() => void read().catch(() => undefined), everyMs)
  return {
    async close() {
      clearInterval(timer)
      while (isReading) await new Promise((resolve) => setImmediate(resolve))
      await read().catch(() => undefined)
    },
  }
}

async function* chunksOf(path: string, from: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch(() => undefined)
  if (file === undefined) return
  try {
    for (let offset = from; ; ) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, offset)
      if (bytesRead === 0) return
      offset += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
