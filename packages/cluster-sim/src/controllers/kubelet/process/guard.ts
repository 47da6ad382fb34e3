import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"

/** Ends processes when this program has ended, however it went. */
export interface Guard {
  /** A variable that every guarded process has in its environment. */
  readonly mark: { readonly [name: string]: string }
  /** Guards a group. */
  add(pid: number): void
  /** A group has ended. */
  remove(pid: number): void
  /** Ends whatever is left. Resolves when it is done. */
  close(): Promise<void>
}

/**
 * Reads the groups that begin and end. As soon as nobody writes any more it ends those that are left, and where the system
 * lists processes (`/proc`) also those that have left their groups: they still carry the mark. It looks twice, for a process
 * that is being started has no environment of its own yet.
 */
const watchman = `trap '' INT TERM HUP
groups=
while read -r word group; do
  case $word in
    +) groups="$groups $group" ;;
    -) kept=; for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done; groups=$kept ;;
  esac
done
for group in $groups; do kill -KILL "-$group"; done
for look in 1 2; do
  for file in $(grep -l "$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}; kill -KILL "\${pid%/environ}"
  done
  [ "$look" = 2 ] || sleep 0.1
done`

/** A guard that watches nothing yet: its process begins with the first group. */
export function createGuard(): Guard {
  const id = randomUUID()
  const name = "ARGO_TS_GUARD"
  const groups = new Set<number>()
  let child: ChildProcess | undefined
  let isClosed = false
  const write = (word: "+" | "-", pid: number): void => {
    child?.stdin?.write(`${word} ${pid}\n`)
  }
  const open = (): void => {
    child = spawn("/bin/sh", ["-c", watchman, "sh", `${name}=${id}`], {
      cwd: "/",
      detached: true,
      env: { PATH: process.env["PATH"] ?? "" },
      stdio: ["pipe", "ignore", "ignore"],
    })
    const opened = child
    // It must not keep this program alive.
    opened.unref()
    ;(opened.stdin as { unref?(): void } | null)?.unref?.()
    opened.stdin?.on("error", () => undefined)
    // Somebody else has ended it: another one takes its place.
    opened.once("exit", () => {
      if (child === opened) child = undefined
      if (!isClosed && groups.size > 0) open()
    })
    for (const group of groups) write("+", group)
  }
  return {
    mark: { [name]: id },
    add(pid) {
      groups.add(pid)
      if (child === undefined) open()
      else write("+", pid)
    },
    remove(pid) {
      if (groups.delete(pid)) write("-", pid)
    },
    close() {
      isClosed = true
      const last = child
      if (last === undefined) return Promise.resolve()
      last.ref()
      return new Promise((resolve) => {
        last.once("exit", () => resolve())
        last.stdin?.end()
      })
    },
  }
}
